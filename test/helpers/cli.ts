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

/** When the modules of projects were written that a call in this process may have loaded: Node loads each once. */
const loaded = new Map<string, number>()

function areAsLoaded(folders: readonly string[]): boolean {
  const modules = folders.filter(folder => existsSync(folder)).flatMap(modulesIn)
  const times = modules.map(path => [path, statSync(path).mtimeMs] as const)
  if (times.some(([path, time]) => (loaded.get(path) ?? time) !== time)) return false
  for (const [path, time] of times) loaded.set(path, time)
  return true
}

function modulesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : modulesIn(path)
    return /\.[jt]s$/.test(entry.name) ? [path] : []
  })
}
