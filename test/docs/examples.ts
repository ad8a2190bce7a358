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

const asked = (command: string): string => spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8' }).stdout.trim()

/** The day on which these tests began: midnight may come between two calls. */
const today = asked('date +%F')
const date = asked('command -v date')

/**
 * Runs a command in sh, as cron and systemd do, with a `caseload` of this build in the PATH, in the zone of the tests, and
 * with a `date -d` that stays at their day.
 */
export function shell(folder: string, command: string, env: Readonly<Record<string, string>> = {}) {
  const programs = {
    caseload: `exec '${process.execPath}' '${root}dist/bin/caseload.js' "$@"`,
    date: `exec '${date}' "$1" "${today} 12:00 $2" "$3"`,
  }
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const here = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, TZ: process.env['TZ'] }
  return spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8', cwd: folder, env: { ...here, ...env } })
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
export const dayBefore = (days: number): string => asked(`date -d '${today} 12:00 ${days} days ago' +%F`)
