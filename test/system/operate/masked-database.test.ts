import test from 'ava'
import { unmasked } from '../../../pipelines/operate/doctor/contents.ts'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { patient, testLanding } from '../../helpers/landing.ts'

const masked = { CASELOAD_MASK_AT_LOAD: 'true', CASELOAD_PSEUDONYM_KEY: 'Key-of-the-tests-0123456789abcdef' }
const unmaskedOnPurpose = { CASELOAD_MASK_AT_LOAD: 'false' }

/** Versions of a day: many good records and one whose patient has no id. */
const events = (drug: string): string =>
  JSON.stringify([
    ...Array.from({ length: 12 }, (_, i) => patient(`P${i}`, `Canary ${i}`, [{ drug, dose: '1 mg' }])),
    patient('', 'Canary without an id', []),
  ])

const stored = `
  select
    (select count(*) from store.patients where patient_id not like 'p1\\_%') as identified,
    (select count(*) from caseload.quarantine_rows where "row"::text like '%Canary%') as quarantined,
    (select count(*) from caseload.tables where state = 'kept') as kept`

test('what was loaded unmasked is neither put back nor shown once rows are masked, and goes with the next run', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const call = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    caseload(args, { url, env: { CASELOAD_LANDING: landing.root, ...env } })
  for (const day of ['20230501', '20230502']) {
    landing.write(`source_a/${day}/visit_events.json`, events('Metformin'))
    t.is((await call(['run', 'source_a', day])).code, 0)
  }
  landing.write('source_a/20230501/visit_events.json', events('Insulin'))
  t.is((await call(['run', 'source_a', '20230501'])).code, 0)
  const before = await rowsOf(url, stored)
  t.true(Number(before[0]?.['kept']) > 0 && Number(before[0]?.['quarantined']) === 3)

  const rollback = await call(['rollback', 'source_a', '20230501'], masked)
  t.is(rollback.code, 2)
  t.regex(rollback.stderr, /A rollback would show identifiers as delivered: run [0-9a-f]{8} was loaded unmasked/)
  const plan = await call(['plan', 'source_a', '20230501', '--show-keys'], masked)
  t.is(plan.code, 2)
  t.regex(plan.stderr, /Keys of the published version would show identifiers/)
  const [row] = await rowsOf(url, 'select min(quarantine_id)::text as id from caseload.quarantine')
  const show = await call(['quarantine', 'show', String(row?.['id'])], masked)
  t.deepEqual([show.code, show.stdout], [2, ''])
  for (const { stdout, stderr } of [rollback, plan, show]) t.false(/P\d|Canary/.test(stdout + stderr))
  t.deepEqual(await rowsOf(url, stored), before)

  t.is((await call(['run', 'source_a', '20230501'], masked)).code, 0)
  t.deepEqual(await rowsOf(url, stored), [{ identified: 12, quarantined: 1, kept: 0 }])
  const doctor = await call(['doctor', '--json'], masked)
  const findings = JSON.parse(doctor.stdout) as { check: string; found: string }[]
  t.is(
    findings.find(({ check }) => check === 'unmasked rows')?.found,
    '1 published batch, 3 rows in quarantine of runs that were loaded unmasked',
  )

  const forgotten = await call(['run', 'source_a', '20230502'])
  t.is(forgotten.code, 2)
  t.regex(forgotten.stderr, /contains masked batches, and CASELOAD_MASK_AT_LOAD is not set/)
  t.is((await call(['rollback', 'source_a', '20230502'])).code, 2)
  t.is((await call(['run', 'source_a', '20230502'], unmaskedOnPurpose)).code, 0)
  t.is((await call(['run', 'source_a', '20230502'], masked)).code, 0)
  t.deepEqual(await rowsOf(url, stored), [{ identified: 0, quarantined: 0, kept: 0 }])
})

test('gc drops an unmasked version that a masked one replaced, where the run could not', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const options = { url, env: { CASELOAD_LANDING: landing.root } }
  for (const drug of ['Metformin', 'Insulin']) {
    landing.write('source_a/20230501/visit_events.json', events(drug))
    t.is((await caseload(['run', 'source_a', '20230501'], options)).code, 0)
  }
  const dryRun = async (): Promise<string> => (await caseload(['gc', '--dry-run'], options)).stdout
  t.regex(await dryRun(), /Nothing/i)
  await rowsOf(url, `update caseload.runs set code_hash = code_hash || ':tag' where status = 'published'`)
  t.notRegex(await dryRun(), /Nothing/i)
  t.is((await caseload(['gc'], options)).code, 0)
  const [left] = await rowsOf(url, stored)
  t.like(left, { kept: 0, quarantined: 1 })
  t.regex(await dryRun(), /Nothing/i)
})

test('doctor: unmasked rows are counted where the database masks, and a forgotten setting is an error', t => {
  const facts = { asked: 'true', masked: true, published: 0, kept: 0, quarantined: 0 }
  t.is(unmasked(facts).level, 'ok')
  t.like(unmasked({ ...facts, published: 2, kept: 1 }), {
    level: 'warning',
    found: '2 published batches, 1 kept version of runs that were loaded unmasked',
    remedy: 'caseload backfill --reprocess stale, then caseload gc',
  })
  t.is(unmasked({ ...facts, quarantined: 1 }).remedy, 'caseload gc')
  t.is(unmasked({ ...facts, asked: undefined, published: 5 }).level, 'error')
  t.is(unmasked({ ...facts, asked: undefined, masked: false, published: 5 }).level, 'ok')
})
