import { spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { findPlaces } from '../../pipelines/embedded/paths.ts'
import { commandOf, processesTitled } from '../../pipelines/platform/processes.ts'
import { stopServer } from '../../pipelines/embedded/server.ts'

/** A home of a test's own, and what removes it. */
export interface Scratch {
  readonly home: string
  /** Stops the server and removes all folders. */
  readonly remove: () => Promise<void>
}

/** Makes a home; the caller removes it. */
export function makeScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-test-'))
  const home = join(folder, '.caseload')
  const remove = async (): Promise<void> => {
    const { root, socketFolder, clusterName } = findPlaces(home)
    await stopServer({ home }).catch(() => false)
    // A test that failed in the middle may leave backends without a server.
    for (;;) {
      const left = processesTitled(`postgres: ${clusterName}: `)
      if (left.length === 0) break
      for (const pid of left) endProcess(pid)
      await sleep(20)
    }
    for (const path of [root, socketFolder, folder]) rmSync(path, { recursive: true, force: true, maxRetries: 20 })
  }
  return { home, remove }
}

/** A home that is removed when this test is over. */
export function scratchHome(t: ExecutionContext): string {
  const { home, remove } = makeScratch()
  t.teardown(remove)
  return home
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

/** What a program under test/embedded printed, and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** How to run a program under test/embedded. */
export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Asked every few milliseconds; sends SIGKILL when true. */
  readonly killWhen?: () => boolean
}

/** Runs a program of this folder in a process of its own. */
export function runProgram(name: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const program = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(process.execPath, ['--import=tsx', '--conditions=caseload-src', program, ...args], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, DATABASE_URL: '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const timer = setInterval(() => {
    if (options.killWhen?.() === true) child.kill('SIGKILL')
  }, 3)
  return new Promise(resolve => {
    // Not 'close': a grandchild that outlives a killed program keeps the pipes open.
    child.on('exit', code => {
      clearInterval(timer)
      setImmediate(() => {
        resolve({ code, stdout, stderr })
      })
    })
  })
}

/** Waits until there is no such process, or only its unreaped remains. */
export async function goneProcess(pid: number): Promise<void> {
  while ((commandOf(pid) ?? '') !== '') await sleep(10)
}

/** A folder that an ordinary user owns. Only root can make one. */
export function folderOf(uid: number, gid: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-test-'))
  chownSync(folder, uid, gid)
  return folder
}
