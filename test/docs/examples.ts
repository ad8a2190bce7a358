import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { root } from '../helpers/cli.ts'

/** Folder of the examples. */
export const examples = join(root, 'docs/examples')
/** The text of one of them. */
export const example = (name: string): string => readFileSync(join(examples, name), 'utf8')

/** Runs a command in sh, as cron and systemd do, with a `caseload` of this build in the PATH. */
export function shell(folder: string, command: string, env: Readonly<Record<string, string>> = {}) {
  const wrapper = join(folder, 'caseload')
  writeFileSync(wrapper, `#!/bin/sh\nexec '${process.execPath}' '${root}dist/bin/caseload.js' "$@"\n`)
  chmodSync(wrapper, 0o755)
  const path = `${folder}:${process.env['PATH'] ?? ''}`
  return spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8', cwd: folder, env: { PATH: path, ...env } })
}

/** A program of this machine, or none: then what needs it is left out, with a word. */
export function found(t: ExecutionContext, program: string, ...args: readonly string[]): boolean {
  const { status } = spawnSync(program, args)
  if (status !== 0) t.log(`not checked: there is no ${program}`)
  return status === 0
}

/** A folder for one test. */
export function testFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-orchestrators-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** A day so long ago, as the examples ask `date` for it. */
export const dayBefore = (days: number): string =>
  spawnSync('date', ['-d', `${days} days ago`, '+%F'], { encoding: 'utf8' }).stdout.trim()
