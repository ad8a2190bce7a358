import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { Command } from 'commander'
import { commands } from '../../../pipelines/cli/command-list.ts'
import { caseload } from '../../helpers/cli.ts'
import { testDatabase } from '../../helpers/database.ts'
import { patient, testLanding } from '../../helpers/landing.ts'

/** A call, without its --json, and what it ends in; some answer on standard output also when they fail. */
interface Scene {
  readonly words: readonly string[]
  /** Exit codes it may end with. */
  readonly codes: readonly number[]
  /** Standard output: one document, or nothing. */
  readonly prints: 'document' | 'nothing'
}

const batch = ['source_a', '20230501']

const intakeRecord = {
  mrn: 'M1',
  first_name: 'Avery',
  last_name: 'Sample',
  birth_date: '1990-01-01',
  visit_account_number: 'V1',
  visit_date: '2023-05-01',
  reason: 'Cough',
}

const ok = (words: readonly string[]): Scene => ({ words, codes: [0], prints: 'document' })
const answers = (code: number, words: readonly string[]): Scene => ({ words, codes: [code], prints: 'document' })
const fails = (code: number, words: readonly string[]): Scene => ({ words, codes: [code], prints: 'nothing' })

/** In this order: the third day is refused, the fourth never came. */
const scenes: readonly Scene[] = [
  ok(['plan']),
  ok(['plan', ...batch]),
  fails(4, ['plan', 'source_a', '20230504']),
  fails(2, ['plan', ...batch, '--reverse']),
  ok(['run', ...batch]),
  fails(3, ['run', 'source_a', '20230503']),
  fails(4, ['run', 'source_a', '20230504']),
  fails(2, ['run', 'source_a', 'tomorrow']),
  answers(1, ['backfill', 'source_a', '--reprocess', 'all']),
  ok(['backfill', 'source_a', '--to', '20230501']),
  ok(['backfill', 'source_a', '--dry-run']),
  fails(2, ['backfill', 'source_a', '--from', '2023-05-02', '--to', '2023-05-01']),
  answers(1, ['retry']),
  fails(2, ['retry', '00000000']),
  ok(['rollback', ...batch]),
  fails(2, ['rollback', 'source_a', '20230504']),
  ok(['config']),
  fails(2, ['notify', 'test']),
  fails(2, ['prove', 'access']),
  ok(['care', 'status']),
  ok(['care', 'ls']),
  fails(2, ['care', 'add', 'no_such_login', '--all']),
  ok(['status']),
  fails(2, ['status', 'no_such_source']),
  ok(['runs']),
  ok(['report', '--out', 'report.html']),
  ok(['report', '--no-database']),
  fails(2, ['report', '--sources', 'no_such_source']),
  fails(2, ['runs', '--limit', '0']),
  fails(2, ['runs', 'no_such_source']),
  ok(['quarantine', 'ls']),
  ok(['quarantine', 'summary']),
  ok(['quarantine', 'replay', ...batch]),
  answers(3, ['quarantine', 'replay', 'source_a', '20230503']),
  fails(4, ['quarantine', 'replay', 'source_a', '20230504']),
  ok(['check', ...batch]),
  fails(4, ['check', 'source_a', '20230504']),
  ok(['sql', 'select 1 as one']),
  fails(1, ['sql', 'select nothing from nowhere']),
  ok(['ls']),
  ok(['describe', 'visits']),
  ok(['fields', ...batch]),
  ok(['try', ...batch]),
  fails(2, ['worker', '--drain']),
  fails(2, ['watch', '--once']),
  ok(['queue', 'status']),
  ok(['cron', 'ls']),
  ok(['enqueue', 'source_a']),
  ok(['watch', '--once', '--days', '36600']),
  ok(['queue', 'ls']),
  answers(1, ['worker', '--drain']),
  ok(['queue', 'dead']),
  ok(['queue', 'retry']),
  fails(2, ['queue', 'cancel']),
  ok(['queue', 'cancel', '--all']),
  answers(1, ['status', '--problems']),
  ok(['dismiss', 'source_a', '20230504', '--reason', 'a holiday']),
  ok(['unpublish', ...batch, '--reason', 'a wrong file']),
  ok(['marts', 'status']),
  fails(2, ['marts', 'refresh']),
  ok(['marts', 'rebuild']),
  ok(['marts', 'refresh']),
  ok(['marts', 'verify']),
  ok(['marts', 'status']),
  ok(['db', 'status']),
  ok(['db', 'list']),
  ok(['land', 'intake', '20230501', 'records.json']),
  fails(3, ['land', 'intake', '20230501', 'none.json']),
  ok(['gc']),
  ok(['retain', '--runs', '2y']),
  fails(2, ['retain']),
  ok(['compact', 'source_a', '--before', '2023-06-01', '--dry-run']),
  fails(2, ['compact', 'source_a', '--before', 'then']),
  // What it finds is that of the machine it runs on.
  { words: ['doctor'], codes: [0, 1], prints: 'document' },
  fails(2, ['new', 'source', 'ward', '--from', 'none.csv']),
]

test('every command with --json prints one document on standard output, or nothing where it has no answer', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const delivery = JSON.stringify([patient('P1', 'Avery Sample')])
  for (const day of [1, 2]) landing.write(`source_a/2023050${day}/visit_events.json`, delivery)
  landing.write('source_a/20230503/visit_events.json', '[{"patient_id": ')
  const home = mkdtempSync(join(tmpdir(), 'caseload-json-'))
  t.teardown(() => {
    rmSync(home, { recursive: true, force: true })
  })
  landing.write('records.json', JSON.stringify(intakeRecord))
  landing.write('none.json', '[]')
  const env = { CASELOAD_HOME: home, CASELOAD_LANDING: landing.root, CASELOAD_RETRIES: '0' }
  for (const { words, codes, prints } of scenes) {
    const done = await caseload([...words, '--json'], { url, env, cwd: landing.root })
    const said = `caseload ${words.join(' ')}: ${done.stdout.slice(0, 2000)}${done.stderr}`
    t.true(codes.includes(done.code ?? -1), `exit ${done.code}, ${said}`)
    if (prints === 'nothing') t.is(done.stdout, '', said)
    else t.notThrows(() => JSON.parse(done.stdout) as unknown, said)
    if (done.code !== 0) t.not(done.stderr, '', said)
  }
})

test('the scenes are all commands that have --json', async t => {
  const paths: string[] = []
  const walk = (command: Command, before: readonly string[]): void => {
    const path = [...before, command.name()]
    if (command.options.some(({ long }) => long === '--json')) paths.push(path.join(' '))
    for (const inner of command.commands) walk(inner, path)
  }
  for (const entry of commands) walk(await entry.load(), [])
  const tried = new Set(paths.filter(path => scenes.some(({ words }) => `${words.join(' ')} `.startsWith(`${path} `))))
  t.deepEqual(
    paths.filter(path => !tried.has(path)),
    [],
  )
})
