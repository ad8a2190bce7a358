import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { caseload, type Ended, root } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'

const code = `import { csv, Transformer } from 'caseload'

export class People extends Transformer {
  inputs = { people: csv({ files: ['people_*.csv'], columns: ['patient_id', 'name'] }) }

  tables = ['patients']
}
`
const select = 'select file_no, record_no, patient_id, name from people\n'

test('what changed since a batch was published is told by status and plan, and decides what runs', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const sources = mkdtempSync(join(tmpdir(), 'caseload-sources-'))
  t.teardown(() => {
    rmSync(sources, { recursive: true, force: true })
  })
  mkdirSync(join(sources, 'node_modules'))
  symlinkSync(root, join(sources, 'node_modules', 'caseload'), 'dir')
  mkdirSync(join(sources, 'people'))
  const write = (name: string, text: string): void => {
    writeFileSync(join(sources, 'people', name), text)
  }
  write('people.js', code)
  write('patients.sql', select)

  const env = { CASELOAD_SOURCES: sources, CASELOAD_LANDING: landing.root }
  const call = async (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> => {
    const done = await caseload(args, { url, env: { ...env, ...more } })
    t.is(done.code, 0, done.stderr)
    return done
  }
  const states = async (more: Readonly<Record<string, string>> = {}): Promise<readonly string[]> => {
    const { stdout } = await call(['status', '--to', '2023-05-02', '--json'], more)
    const found = JSON.parse(stdout) as readonly Readonly<Record<string, string | null>>[]
    return found.map(one => [one['batch_date'], one['state'], one['reason'] ?? ''].join(' ').trim())
  }
  const plan = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await call(['plan', '--json', ...args])
    const found = JSON.parse(stdout) as readonly Readonly<Record<string, string>>[]
    t.deepEqual([...new Set(found.flatMap(one => Object.keys(one)))], ['source', 'date', 'action', 'reason'])
    return found.map(one => [one['date'], one['action'], one['reason']].join(' '))
  }
  const runIfChanged = async (date: string): Promise<string> =>
    (await call(['run', 'people', date, '--if-changed'])).stdout.split('\n')[0] ?? ''

  // Three of four days were delivered, and nothing is in the ledger yet.
  for (const day of ['20230501', '20230502', '20230504']) {
    landing.write(`people/${day}/people_1.csv`, 'patient_id,name\nP1,Avery\n')
  }
  t.deepEqual(await plan(), [
    '2023-05-01 run not run yet',
    '2023-05-02 run not run yet',
    '2023-05-03 skip no landing folder',
    '2023-05-04 run not run yet',
  ])

  t.regex(await runIfChanged('2023-05-01'), /^Published people 2023-05-01/)
  await call(['run', 'people', '2023-05-02'])
  t.deepEqual(await states(), ['2023-05-01 published', '2023-05-02 published'])
  t.is(await runIfChanged('2023-05-01'), 'people 2023-05-01: nothing to do, nothing changed.')
  const kept = 'select count(*)::int as n, count(distinct contract_hash)::int as hashes from caseload.contracts'
  t.deepEqual(await rowsOf(url, kept), [{ n: 1, hashes: 1 }])

  // A file of the same size, a file that came late, and both batches made by code that is another now.
  landing.write('people/20230501/people_1.csv', 'patient_id,name\nP1,Robin\n')
  landing.write('people/20230502/people_2.csv', 'patient_id,name\nP2,Avery\n')
  t.deepEqual(await states(), [
    '2023-05-01 stale files changed: changed people_1.csv',
    '2023-05-02 stale files changed: added people_2.csv',
  ])
  t.deepEqual(await plan('people', '--to', '2023-05-02'), [
    '2023-05-01 skip files changed: changed people_1.csv; skipped without --reprocess stale',
    '2023-05-02 skip files changed: added people_2.csv; skipped without --reprocess stale',
  ])
  const text = await call(['plan', '--from', '2023-05-02', '--to', '2023-05-04', '--reprocess', 'stale', '--reverse'])
  t.is(
    text.stdout,
    `3 batches: 2 to run (1 new, 1 stale); 1 to skip (1 not_delivered).
action  source  days        why    reason
------  ------  ----------  -----  ---------------------------------
run     people  2023-05-04  new    not run yet
run     people  2023-05-02  stale  files changed: added people_2.csv
`,
  )
  write('patients.sql', `${select}-- and no more\n`)
  rmSync(join(landing.root, 'people/20230501'), { recursive: true })
  t.deepEqual(await states(), [
    '2023-05-01 stale code changed',
    '2023-05-02 stale files changed: added people_2.csv; code changed',
  ])
  t.deepEqual(await plan('--to', '2023-05-01', '--from', '2023-05-01', '--reprocess', 'stale'), [
    '2023-05-01 skip no landing folder; code changed',
  ])
  t.regex((await call(['status'])).stdout, /last run +reason\n.*\npeople +2023-05-01 +stale .* code changed\n/)
  write('patients.sql', select)
  const masked = { CASELOAD_MASK_AT_LOAD: 'true', CASELOAD_PSEUDONYM_KEY: 'k'.repeat(32) }
  t.regex((await states(masked))[0] ?? '', /stale masking changed: it was loaded unmasked, and rows are masked now/)

  // A batch that was rolled back is left alone, and a run that only compared is none.
  const held = `insert into caseload.pins (source, batch_date, reason) values ('people', '2023-05-02', 'wrong names')`
  await rowsOf(url, held)
  const compared = `insert into caseload.runs (run_id, source, batch_date, status, code_version, host, process_id)
    select gen_random_uuid(), 'people', day::date, 'planned', '', '', 0
    from unnest('{2023-05-01, 2023-05-04}'::text[]) as days (day)`
  await rowsOf(url, compared)
  t.deepEqual(await states(), ['2023-05-01 published', '2023-05-02 pinned wrong names'])
  t.deepEqual(await plan('--reprocess', 'all'), [
    '2023-05-02 skip pinned: wrong names',
    '2023-05-03 skip no landing folder',
    '2023-05-04 run not run yet',
  ])
  t.is(await runIfChanged('2023-05-02'), 'people 2023-05-02: nothing to do, pinned: wrong names.')
  await rowsOf(url, 'delete from caseload.pins')
  t.regex(await runIfChanged('2023-05-02'), /^Published people 2023-05-02: 2 records/)

  // Neither the landing root nor the sources need be here for status to say what is published.
  const away = { CASELOAD_LANDING: join(landing.root, 'elsewhere') }
  const blind = await call(['status'], { ...away, CASELOAD_MASK_AT_LOAD: 'perhaps' })
  t.is(blind.stderr.match(/files are not compared/g)?.length, 1)
  t.is(blind.stderr.match(/masking is not compared/g)?.length, 1)
  t.is((await caseload(['plan'], { url, env: { ...env, ...away } })).code, 4)
  t.deepEqual(await states({ CASELOAD_SOURCES: '' }), ['2023-05-01 published', '2023-05-02 published'])
  const gone = await call(['plan', '--json', '--to', '2023-05-02'], { CASELOAD_SOURCES: '' })
  t.deepEqual(JSON.parse(gone.stdout), [
    {
      source: 'people',
      date: '2023-05-02',
      action: 'skip',
      reason: 'the code of this source is not installed here',
    },
  ])
  write('people.js', 'export const nothing = 0')
  const broken = await call(['status'])
  t.regex(broken.stderr, /must export exactly one class/)
  for (const wrong of [
    ['nobody'],
    ['people', '2023-05-01', '--to', '2023-05-02'],
    ['--from', '20230502', '--to', '20230501'],
  ]) {
    t.is((await caseload(['plan', ...wrong], { url, env })).code, 2, wrong.join(' '))
  }
})
