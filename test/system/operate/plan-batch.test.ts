import { once } from 'node:events'
import test from 'ava'
import { caseload, type Ended, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { eventsFile, patient, testLanding, type Treatment } from '../../helpers/landing.ts'
import { ampleTimeout } from '../../helpers/limit.ts'
import { until } from '../../helpers/until.ts'
import { tableHashes } from '../laws/hashes.ts'
import type { BatchPlan } from '../../../pipelines/operate/plan/diff-batch.ts'
import { statuses, tablesIn } from '../../publish/batches.ts'

const batch = ['source_a', '2023-05-01']

/** All that a plan must leave alone: every row that is stored, every table by its number, and what the ledger says of it. */
async function everything(url: string): Promise<unknown> {
  return {
    rows: await tableHashes(url),
    tables: await rowsOf(
      url,
      `select c.oid, c.relname, c.relfilenode, n.nspname
       from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
       where n.nspname in ('store', 'caseload_stage', 'caseload_kept') order by 1`,
    ),
    said: await rowsOf(
      url,
      `select
         (select json_agg(p order by p.run_id, p.table_name) from caseload.published as p) as published,
         (select json_agg(d order by d.source, d.table_name) from caseload.deliveries as d) as deliveries,
         (select json_agg(s) from caseload.sources as s) as sources,
         (select json_agg(q) from caseload.quarantine_rows as q) as rejected,
         (select json_agg(s order by s.table_name) from clinical.data_quality_summary as s) as summary`,
    ),
  }
}

test('a plan says what a run would change, by key, and changes nothing, whatever becomes of it', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const deliver = (...patients: readonly Record<string, unknown>[]): void => {
    landing.write(eventsFile, JSON.stringify(patients))
  }
  const call = (...args: readonly string[]): Promise<Ended> => caseload([...args, '--landing', landing.root], { url })
  const planned = async (...flags: readonly string[]): Promise<BatchPlan> => {
    const done = await call('plan', ...batch, '--json', ...flags)
    t.is(done.code, 0, done.stderr)
    return JSON.parse(done.stdout) as BatchPlan
  }
  const drugs: readonly Treatment[] = [{ drug: 'CANARY-DRUG', dose: '500 mg' }]

  // Never published: nothing of the source is in the ledger before it runs.
  deliver(patient('CANARY-1', 'CANARY-NAME', drugs), patient('CANARY-2', 'CANARY-NAME', drugs))
  const empty = await everything(url)
  const first = await planned()
  t.like(first, { source: 'source_a', date: '2023-05-01', published: null, refusal: null, contractChanges: null })
  t.deepEqual(first.files, { before: null, after: { records: 2, quarantined: 0 } })
  t.like(first.tables[0], { table: 'patients', rowsBefore: 0, rowsAfter: 2, added: 2, removed: 0, changed: 0 })
  t.deepEqual(await everything(url), empty)

  t.like(await call('run', ...batch), { code: 0 })
  const published = await everything(url)
  for (const plan of [await planned(), await planned()]) {
    t.deepEqual(plan.contractChanges, [])
    t.true(plan.tables.every(({ added, removed, changed }) => added + removed + changed === 0))
    t.true(plan.tables.every(({ rowsBefore, rowsAfter }) => rowsBefore === rowsAfter))
  }
  t.deepEqual(await everything(url), published)

  // One stays and changes, one goes, one comes, and one record is broken.
  deliver(patient('CANARY-1', 'CANARY-OTHER', [...drugs, ...drugs]), patient('CANARY-3', 'CANARY-NAME', []), {
    ...patient('CANARY-4', 'CANARY-NAME', []),
    patient_id: '',
  })
  const text = await call('plan', ...batch)
  t.is(text.code, 0, text.stderr)
  t.regex(text.stdout, /^patients +2 +2 +1 +1 +1$/m)
  t.regex(text.stdout, /^treatments +2 +2 +1 +1 +0$/m)
  t.regex(text.stdout, /^patients +name +1$/m)
  t.regex(text.stdout, /^patients +quarantined +length +0 +1$/m)
  const plan = await planned('--show-keys', '5')
  t.deepEqual(
    plan.tables
      .find(({ table }) => table === 'patients')
      ?.keys?.map(({ kind, key, columns }) => [kind, key['patient_id'], ...columns]),
    [
      ['added', 'CANARY-3'],
      ['removed', 'CANARY-2'],
      ['changed', 'CANARY-1', 'name'],
    ],
  )
  t.regex((await call('plan', ...batch, '--show-keys')).stdout, /^ {2}patients changed: patient_id=CANARY-1 \(name\)$/m)
  const silent = await call('plan', ...batch, '--json')
  for (const { stdout, stderr } of [text, silent]) t.false((stdout + stderr).includes('CANARY'))
  t.deepEqual(await everything(url), published)

  // Refused by the audit: counted all the same.
  const refused = await call('plan', ...batch, '--json', '--max-bad-rows', '0')
  t.is(refused.code, 3, refused.stderr)
  const document = JSON.parse(refused.stdout) as BatchPlan
  t.regex(String(document.refusal), /More rows than allowed/)
  t.notRegex(String(document.refusal) + refused.stderr, /quarantine ls/, 'what it rejected is gone')
  t.like(document.tables[0], { table: 'patients', added: 1, removed: 1, changed: 1 })
  t.deepEqual(await everything(url), published)

  t.deepEqual(new Set(await statuses(url)), new Set(['planned', 'published']))
  t.deepEqual(await rowsOf(url, `select distinct error_class from caseload.runs where status = 'planned' order by 1`), [
    { error_class: 'RefusedError' },
    { error_class: null },
  ])
})

test('a plan holds its batch; killed, it leaves what the next run drops', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'first')]))
  const at = ['--landing', landing.root]
  const limit = await ampleTimeout(async () => {
    t.like(await caseload(['run', ...batch, ...at], { url }), { code: 0 })
  })
  await withSession(url, async session => {
    await session.query('begin')
    await session.query('lock table only store.patients_source_a in access exclusive mode')
    const plan = start(['plan', ...batch, ...at], { url })
    const dead = once(plan, 'exit')
    await until(async () => {
      const waiting = await rowsOf(
        url,
        `select 1 from pg_catalog.pg_locks as l
         where not l.granted and l.mode = 'AccessShareLock' and l.relation = 'store.patients_source_a'::regclass`,
      )
      return waiting.length > 0
    })
    t.is((await tablesIn(url, 'caseload_stage')).length, 3)
    t.is((await caseload(['run', ...batch, ...at], { url })).code, 75)
    plan.kill('SIGKILL')
    await dead
    await until(
      async () => (await rowsOf(url, 'select caseload.batch_is_locked($1, $2) as held', batch))[0]?.['held'] === false,
    )
    const late = await caseload(['plan', ...batch, '--timeout', limit, ...at], { url })
    t.is(late.code, 124, late.stderr)
    await session.query('rollback')
  })
  await until(
    async () => (await rowsOf(url, 'select caseload.batch_is_locked($1, $2) as held', batch))[0]?.['held'] === false,
  )
  t.like(await caseload(['run', ...batch, ...at], { url }), { code: 0 })
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
  t.deepEqual(await statuses(url), ['replaced', 'aborted', 'aborted', 'published'])
  t.deepEqual(await rowsOf(url, `select distinct newest_run_status as status from clinical.data_quality_summary`), [
    { status: 'published' },
  ])
})

test('a delivery of another form than the declared would be refused; one that is not there is missing', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write('icu/20230501/signal.csv', 'patient_id,measured_at,parameter\nP1,2023-05-01T08:00:00Z,heart_rate\n')
  const plan = async (date: string): Promise<Ended> =>
    caseload(['plan', 'icu', date, '--json', '--landing', landing.root], { url })
  const refused = await plan('2023-05-01')
  t.is(refused.code, 3, refused.stderr)
  t.like(JSON.parse(refused.stdout), { published: null, tables: [], files: { before: null, after: null } })
  const missing = await plan('2023-05-02')
  t.is(missing.code, 4, missing.stderr)
  t.is(missing.stdout, '')
  t.deepEqual(await statuses(url), ['planned', 'incomplete'])
  t.is((await caseload(['retry', '--landing', landing.root], { url })).stdout, 'Nothing to do: no batch failed.\n')
})
