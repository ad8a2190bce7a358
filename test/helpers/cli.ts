import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { callMain, isFree } from './in-process.ts'

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

/** The checkout: this file runs in dist/test/helpers. */
export const root: string = fileURLToPath(new URL('../../..', import.meta.url))

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

/**
 * Calls the compiled CLI and waits for it: in this process if it can, which takes a tenth of the time, or in one of its own.
 * A test that is about processes calls `start`.
 */
export async function caseload(args: readonly string[], options: CallOptions = {}): Promise<Ended> {
  const env: Readonly<Record<string, string>> = {
    ...options.env,
    ...(options.url === undefined ? {} : { DATABASE_URL: options.url }),
  }
  const cwd = options.cwd ?? root
  const folders = [cwd, env['CASELOAD_SOURCES'] ?? ''].filter(folder => folder !== '' && folder !== root)
  const isHere = isFree() && !Object.keys(env).some(name => name.startsWith('NODE_')) && areAsLoaded(folders)
  return isHere ? callMain(args, env, cwd) : ended(start(args, options))
}

/** The code in folders as a call in this process may keep it: Node loads a module once, and its hash stays, too. */
const loaded = new Map<string, string>()

function areAsLoaded(folders: readonly string[]): boolean {
  const found = folders.filter(folder => existsSync(folder)).flatMap(codeBelow)
  if (found.some(([folder, code]) => (loaded.get(folder) ?? code) !== code)) return false
  for (const [folder, code] of found) loaded.set(folder, code)
  return true
}

/** Each folder with code, and the names and times of its files. */
function codeBelow(folder: string): readonly (readonly [string, string])[] {
  const entries = readdirSync(folder, { withFileTypes: true })
  const files = entries.filter(entry => /\.(?:[jt]s|sql)$/.test(entry.name)).map(entry => entry.name)
  const code = files.sort().map(name => `${name} ${statSync(join(folder, name)).mtimeMs}`)
  const inner = entries.filter(entry => entry.isDirectory() && entry.name !== 'node_modules')
  return [
    ...(code.length === 0 ? [] : [[folder, code.join('\n')] as const]),
    ...inner.flatMap(entry => codeBelow(join(folder, entry.name))),
  ]
}
