import { spawn } from 'node:child_process'
import { watchMemory } from './memory.ts'

/** What one command took. */
export interface Timed {
  readonly seconds: number
  /** Most memory of the command and all below it, see {@link watchMemory}. */
  readonly peakBytes: number
}

/**
 * Runs a command and waits for it.
 *
 * @throws Error with what it printed on standard error, if it ends with another code than 0
 */
export async function timed(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Timed> {
  const started = process.hrtime.bigint()
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  const watch = watchMemory(child.pid ?? 0)
  let complaint = ''
  child.stderr.on('data', chunk => (complaint += String(chunk)))
  const code = await new Promise(resolve => child.on('close', resolve))
  const peakBytes = watch.stop()
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}: ${complaint}`)
  return { seconds: Number(process.hrtime.bigint() - started) / 1e9, peakBytes }
}

/** The middle one; the lower of two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? NaN
}
