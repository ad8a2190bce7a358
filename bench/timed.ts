import { spawn } from 'node:child_process'
import { watchMemory } from './memory.ts'

/** Time and memory of one command. */
export interface Timed {
  readonly seconds: number
  /** Peak memory of the command and its descendants, see {@link watchMemory}. */
  readonly peakBytes: number
}

/**
 * Runs a command and waits for it.
 *
 * @throws Error with its standard error if its exit code is not 0
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

/** The median; the lower of two middle values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? NaN
}

/** The smallest value that is not exceeded by this share of them. */
export function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? NaN
}
