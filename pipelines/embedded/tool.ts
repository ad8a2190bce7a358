import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseError } from '../platform/errors.ts'
import type { Account } from './account.ts'

/** How a program of the embedded PostgreSQL is called. */
export interface ToolCall {
  /** The folder with bin/ and lib/. */
  readonly binaries: string
  readonly program: 'initdb' | 'postgres'
  readonly args: readonly string[]
  /** Runs under this account; undefined is our own. */
  readonly account: Account | undefined
  readonly cwd: string
  /** Sent to its standard input. */
  readonly input?: string
}

/**
 * The whole environment of the server and its tools. Ours stays with us: it may hold a password (DATABASE_URL), or
 * PG* variables that change what they do.
 *
 * @param binaries the folder with bin/ and lib/
 */
export function toolEnvironment(binaries: string): Record<string, string> {
  const lib = join(binaries, 'lib')
  // initdb carries no search path of its own and would load the system's libpq.
  return { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: lib, DYLD_LIBRARY_PATH: lib }
}

/**
 * Runs a program to its end.
 *
 * @throws DatabaseError with the last line of its error output when it fails
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
  // A program that ends without reading its input is judged by its exit code.
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
