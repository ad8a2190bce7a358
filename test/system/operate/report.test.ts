import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { caseload } from '../../helpers/cli.ts'
import { testDatabase } from '../../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../../helpers/landing.ts'

test('run, backfill and worker write the report at their end, also of a batch that was refused', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Avery Sample')]))
  landing.write('source_a/20230502/visit_events.json', '[{"patient_id": ')
  const report = join(landing.root, 'report.html')
  const call = { url, env: { CASELOAD_LANDING: landing.root, CASELOAD_RETRIES: '0' } }
  const stateOf = (date: string): string | undefined =>
    new RegExp(`id="/batch/source_a/${date}".*?chip s-([a-z]+)`).exec(readFileSync(report, 'utf8'))?.[1]
  const run = await caseload(['run', 'source_a', '20230501', '--report', report], call)
  t.is(run.code, 0, run.stderr)
  // The second day is owed since the first was published.
  t.is(stateOf('2023-05-02'), 'overdue')
  const refused = await caseload(['run', 'source_a', '20230502', '--report', report], call)
  t.is(refused.code, 3)
  t.is(stateOf('2023-05-02'), 'refused')
  t.regex(refused.stderr, /report: wrote /)

  const elsewhere = join(landing.root, 'backfill.html')
  const backfill = await caseload(['backfill', 'source_a', '--report', elsewhere], call)
  t.is(backfill.code, 1)
  t.true(existsSync(elsewhere))
  const none = await caseload(
    ['backfill', 'source_a', '--to', '20230501', '--report', join(landing.root, 'none/r.html')],
    call,
  )
  t.is(none.code, 0, none.stderr)
  t.regex(none.stderr, /warn report: .*none\/r\.html is as before: Expected a place for the report/)

  const worked = join(landing.root, 'worker.html')
  t.is((await caseload(['enqueue', 'source_a', '--to', '20230501', '--reprocess', 'all'], call)).code, 0)
  const worker = await caseload(['worker', '--drain', '--report', worked], call)
  t.is(worker.code, 0, worker.stderr)
  t.true(existsSync(worked))
})

test('a report needs to know where it goes', async t => {
  const nowhere = await caseload(['report'])
  t.is(nowhere.code, 2)
  t.regex(nowhere.stderr, /Expected --out <file>, --serve or --json, found none of them\./)
  t.is((await caseload(['report', '--out', 'x.html', '--serve'])).code, 2)
  t.is((await caseload(['report', '--json', '--no-database', '--from', '2023-05-02', '--to', '2023-05-01'])).code, 2)
})
