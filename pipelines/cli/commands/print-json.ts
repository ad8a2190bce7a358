import { escapedJson } from '../../platform/control-characters.ts'

/** Prints one JSON document on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${escapedJson(JSON.stringify(value, null, 2))}\n`)
}
