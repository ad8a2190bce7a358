import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { WrittenBatch } from '../../../tools/generate/generate.ts'
import { type Ended, ended, root } from '../../helpers/cli.ts'
import { testLanding } from '../../helpers/landing.ts'

/** Calls the generator as `npm run generate --` does. */
function generate(...args: readonly string[]): Promise<Ended> {
  const node = ['--import=tsx', '--conditions=caseload-src', join(root, 'tools/generate/main.ts')]
  return ended(spawn(process.execPath, [...node, ...args], { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } }))
}

test('prints each file, the rows that must be in quarantine, and the command to load them', async t => {
  const { root: landing } = testLanding(t)
  const done = await generate('--source', 'source_a', '--date', '20230501', '--broken', '.5', '--landing', landing)
  t.is(done.code, 0, done.stderr)
  t.is(done.stderr, '')
  t.regex(done.stdout, /visit_events\.ndjson: 100 records, [\d,]+ bytes, \d+ broken\n {2}to quarantine: \d+ rows? of /)
  t.true(done.stdout.endsWith(`Load it with: npx caseload run source_a 2023-05-01 --landing ${landing}\n`))
})

test('--json prints one object, with the numbers of the broken records', async t => {
  const { root: landing } = testLanding(t)
  const place = ['--source', 'intake', '--date', '2023-05-01', '--landing', landing]
  const done = await generate(...place, '--patients', '9', '--days', '3', '--broken', '0.5', '--gzip', '--json')
  t.is(done.code, 0, done.stderr)
  const { seed, batches } = JSON.parse(done.stdout) as { seed: number; batches: readonly WrittenBatch[] }
  t.is(seed, 1)
  t.deepEqual(
    batches.map(batch => batch.date),
    ['2023-05-01', '2023-05-02', '2023-05-03'],
  )
  t.deepEqual(readdirSync(join(landing, 'intake')), ['20230501', '20230502', '20230503'])
  const [file] = batches[0]?.files ?? []
  t.is(file?.name, 'intake/20230501/patient_intake_20230501T080000000Z.csv.gz')
  t.true((file?.quarantined[0]?.records.length ?? 0) > 0)
})

test('a wrong call exits 2 and lists the possible values', async t => {
  const date = ['--date', '2023-05-01']
  for (const [args, words] of [
    [['--source', 'radio', ...date], /Expected one of source_a, .*found radio/],
    [['--source', 'icu', '--date', '2023-02-30'], /Expected a day of the calendar/],
    [['--source', 'icu', ...date, '--broken', '2'], /Expected a share from 0 to 1/],
    [['--source', 'icu', ...date, '--patients', '0'], /Expected a whole number from 1 to/],
    [['--source', 'icu', ...date, '--fast'], /unknown option/],
    [date, /--source/],
  ] as const) {
    const done = await generate(...args)
    t.is(done.code, 2, done.stderr)
    t.regex(done.stderr, words)
  }
})
