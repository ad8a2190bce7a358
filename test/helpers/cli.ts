import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How a command ended, and what it printed. */
export interface Ended {
  /** The exit code; null if a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What a command is called with besides its arguments. */
export interface CallOptions {
  /** DATABASE_URL. */
  readonly url?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** The checkout. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** Starts the compiled CLI. */
export function start(args: readonly string[], options: CallOptions = {}): ChildProcess {
  const url = options.url === undefined ? {} : { DATABASE_URL: options.url }
  return spawn(process.execPath, [`${root}dist/bin/caseload.js`, ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, NODE_OPTIONS: '', ...url, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Waits for a command and gathers what it prints. */
export function ended(child: ChildProcess): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', chunk => (stdout += String(chunk)))
  child.stderr?.on('data', chunk => (stderr += String(chunk)))
  return new Promise(resolve => {
    child.on('close', code => {
      resolve({ code, stdout, stderr })
    })
  })
}

/** Calls the compiled CLI and waits for it. */
export async function caseload(args: readonly string[], options: CallOptions = {}): Promise<Ended> {
  return ended(start(args, options))
}
