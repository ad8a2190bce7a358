import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseError } from '../platform/errors.ts'
import type { Account } from './account.ts'

/** A call of a program of the embedded PostgreSQL. */
export interface ToolCall {
  /** The folder with bin/ and lib/. */
  readonly binaries: string
  readonly program: 'initdb' | 'postgres'
  readonly args: readonly string[]
  /** The program runs under this account; undefined for that of this process. */
  readonly account: Account | undefined
  readonly cwd: string
  /** Sent to its standard input. */
  readonly input?: string
}

/**
 * The complete environment of the server and its tools. They do not inherit that of this process, which may contain a
 * password (DATABASE_URL) or PG* variables that change their behaviour.
 *
 * @param binaries the folder with bin/ and lib/
 */
export function toolEnvironment(binaries: string): Record<string, string> {
  const lib = join(binaries, 'lib')
  // initdb has no library search path (rpath) and would load the system's libpq.
  return { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: lib, DYLD_LIBRARY_PATH: lib }
}

/**
 * Runs a program and waits until it ends.
 *
 * @throws DatabaseError with the last line of its error output if it fails
 */
export async function runTool(call: ToolCall): Promise<void> {
  const child = spawn(join(call.binaries, 'bin', call.program), call.args, {
    ...call.account,
    cwd: call.cwd,
    env: toolEnvironment(call.binaries),
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4000)))
  // If the program ends without reading its input, only its exit code counts.
  child.stdin.on('error', () => undefined).end(call.input ?? '')
  const outcome = await new Promise<string | number | null>(resolve => {
    child.on('error', error => {
      resolve(error.message)
    })
    child.on('close', (code, signal) => {
      resolve(code ?? signal)
    })
  })
  if (outcome === 0) return
  const reason = output.trim().split('\n').at(-1) ?? ''
  throw new DatabaseError(
    `${call.program} of the embedded PostgreSQL failed (${outcome ?? 'unknown'}): ${reason} ` +
      'Set DATABASE_URL to use another server.',
  )
}
