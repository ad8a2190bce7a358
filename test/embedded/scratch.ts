import { spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { findServerPaths } from '../../pipelines/embedded/paths.ts'
import { commandOf, processesTitled } from '../../pipelines/platform/processes.ts'
import { stopServer } from '../../pipelines/embedded/server.ts'
import { root as checkout } from '../helpers/cli.ts'

/** A home for one test. */
export interface Scratch {
  readonly home: string
  /** Stops the server and removes all folders. */
  readonly remove: () => Promise<void>
}

/** Creates a home; the caller removes it. */
export function makeScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-test-'))
  const home = join(folder, '.caseload')
  const remove = async (): Promise<void> => {
    const { root, socketFolder, clusterName } = findServerPaths(home)
    await stopServer({ home }).catch(() => false)
    // A test that failed may leave backends without a server.
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
    // It has ended already.
  }
}

/** The output and the exit code of a program under test/embedded. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** How to run a program under test/embedded. */
export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Called every few milliseconds; the program gets SIGKILL when it returns true. */
  readonly killWhen?: () => boolean
}

/** Runs a program of this folder in a child process. */
export function runProgram(name: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const program = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(process.execPath, [program, ...args], {
    cwd: checkout,
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

/** Waits until the process has ended, reaped or not. */
export async function goneProcess(pid: number): Promise<void> {
  while ((commandOf(pid) ?? '') !== '') await sleep(10)
}

/** A folder that an ordinary user owns. Only root can create one. */
export function folderOf(uid: number, gid: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-test-'))
  chownSync(folder, uid, gid)
  return folder
}
