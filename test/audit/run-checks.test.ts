import test from 'ava'
import { describeFailures, describeResult, warnings } from '../../pipelines/audit/check-result.ts'
import { off, warn } from '../../pipelines/contract/rule-actions.ts'
import { notEmpty, nullShare, range } from '../../pipelines/source/quality-rule.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { batch, check, ownCheck, recordRun, recordTable, resultOf, type Rows, stage } from './batches.ts'

const canary = 'Zzyzx-Canary'
const patients = (count: number, more: (index: number) => Readonly<Record<string, unknown>> = () => ({})): Rows =>
  Array.from({ length: count }, (_, index) => ({ patient_id: `${canary}-${index}`, ...more(index) }))

test('declared rules: rows there are, share of missing values, bounds', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const rows = patients(8, index => ({
      email: index < 2 ? null : 'x',
      phone: index < 3 ? null : 'x',
      birth_date: index === 0 ? '1899-12-31' : index === 1 ? null : '1900-01-01',
      age_years: index === 0 ? 121 : 120,
    }))
    const staged = await stage(session, { patients: rows, visits: [] })
    const rules = [
      notEmpty('patients'),
      notEmpty('visits'),
      nullShare('patients', 'email', 0.25),
      nullShare('patients', 'phone', 0.25),
      nullShare('visits', 'reason', 0),
      range('patients', 'birth_date', { least: '1900-01-01', most: '2023-05-01' }, 'error'),
      range('patients', 'age_years', { most: 120.5 }),
      range('patients', 'age_years', { least: 0, most: 130 }),
      range('visits', 'admitted_on', { least: '2000-01-01' }, 'error'),
    ]
    const results = (await check(session, staged, { rules })).filter(one => one.check !== 'row_count')
    t.deepEqual(
      results.map(one => [one.table, one.check, one.outcome, one.checkedRows, one.badRows, one.detail]),
      [
        ['patients', 'not_empty', 'pass', 8, 0, undefined],
        ['patients', 'null_share(email, 25 %)', 'pass', 8, 2, '25 % without a value; at most 25 %'],
        ['patients', 'null_share(phone, 25 %)', 'warn', 8, 3, '37.5 % without a value; at most 25 %'],
        ['patients', 'range(birth_date, 1900-01-01..2023-05-01)', 'fail', 8, 1, undefined],
        ['patients', 'range(age_years, ..120.5)', 'warn', 8, 1, undefined],
        ['patients', 'range(age_years, 0..130)', 'pass', 8, 0, undefined],
        ['visits', 'not_empty', 'fail', 0, 0, 'no rows'],
        ['visits', 'null_share(reason, 0 %)', 'pass', 0, 0, '0 % without a value; at most 0 %'],
        ['visits', 'range(admitted_on, 2000-01-01..)', 'pass', 0, 0, undefined],
      ],
    )
  })
})

test('results are recorded each time, and what fails is named with counts and without a value', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const staged = await stage(session, { patients: patients(5, index => ({ gender: index < 2 ? 'male' : null })) })
    const sql = [
      ownCheck('select patient_id, name from patients where gender is null -- whoever they are', { name: 'gone' }),
      ownCheck('select patient_id from patients', { name: 'noted', severity: 'warn' }),
      ownCheck('select patient_id from patients where false', { name: 'fine' }),
    ]
    const results = await check(session, staged, { sql })
    await check(session, staged, { sql })
    const recorded = await rowsOf(
      url,
      `select check_name, table_name, severity, outcome, checked_rows, bad_rows, count(distinct checked_at) as times
       from caseload.checks where run_id = $1 and check_name <> 'row_count' group by 1, 2, 3, 4, 5, 6 order by 1`,
      [staged.runId],
    )
    const common = { table_name: 'patients', checked_rows: 5, times: 2 }
    t.deepEqual(recorded, [
      { check_name: 'fine', ...common, severity: 'error', outcome: 'pass', bad_rows: 0 },
      { check_name: 'gone', ...common, severity: 'error', outcome: 'fail', bad_rows: 3 },
      { check_name: 'noted', ...common, severity: 'warn', outcome: 'warn', bad_rows: 5 },
    ])
    const words = describeFailures(results, staged.runId) ?? ''
    t.regex(words, /^1 quality rule does not hold: patients gone: 3 of 5 rows \(sources\/test\/checks\/own\.sql\)\. /)
    t.true(words.includes(staged.runId))
    t.deepEqual(warnings(results).map(describeResult), ['patients noted: 5 of 5 rows'])
    t.false(JSON.stringify(results).includes(canary))
    t.is(describeFailures(results.slice(-1), staged.runId), undefined)
  })
})

test('a check sees its own batch and nothing else, whatever is published', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    await session.query(`select caseload.ensure_source_parent('visits', 'source_a')`)
    await session.query(
      `create table store.visits_of_another_day partition of store.visits_source_a
       for values from ('2023-04-30') to ('2023-05-01')`,
    )
    await session.query(
      `insert into store.visits (patient_id, visit_id, source, batch_date) values ('P1', 'V1', 'source_a', '2023-04-30')`,
    )
    const staged = await stage(session, { patients: patients(3) })
    const seen = async (query: string): Promise<number> =>
      resultOf(await check(session, staged, { sql: [ownCheck(query)] }), 'own').badRows
    t.is(await seen('select visit_id from visits'), 0)
    t.is(await seen('select patient_id from patients'), 3)
    t.is(
      await seen('select p.patient_id from patients as p left join visits as v using (patient_id) where v is null'),
      3,
    )
    const outside = check(session, staged, { sql: [ownCheck('select run_id from runs')] })
    await t.throwsAsync(outside, { name: 'UsageError', message: /own\.sql.*relation "runs" does not exist/ })
  })
})

test('bad rows may be counted by a column', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const rows = Array.from({ length: 30 }, (_, index) => ({
      patient_id: 'P1',
      measured_at: '2023-05-01T00:00:00Z',
      type: `type_${index % 11}`,
      device_id: '',
      reading_no: index,
      record_status: 'active',
    }))
    const staged = await stage(session, { measurements: rows })
    const sql = [ownCheck('select type from measurements', { table: 'measurements', by: 'type' })]
    const { badRows, detail } = resultOf(await check(session, staged, { sql }), 'own')
    t.is(badRows, 30)
    t.regex(detail ?? '', /^by type: type_0 3, .*type_6 3, type_7 3, and 3 more$/)
  })
})

test('a query that is wrong or fails is named with its file, never with a value, and the session goes on', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const staged = await stage(session, { patients: patients(2) })
    const run = (query: string): Promise<unknown> => check(session, staged, { sql: [ownCheck(query)] })
    const typo = await t.throwsAsync(run('select patient_idd from patients'), { name: 'UsageError' })
    t.regex(typo.message, /^sources\/test\/checks\/own\.sql is not a query .*column "patient_idd" does not exist/)
    const cast = await t.throwsAsync(run('select 1 from patients where patient_id::integer = 1'), {
      name: 'DatabaseError',
    })
    t.regex(cast.message, /^sources\/test\/checks\/own\.sql: the query failed over these rows: SQLSTATE 22P02/)
    t.false(cast.message.includes(canary))
    t.is(cast.cause, undefined)
    await session.query('create sequence public.made')
    await t.throwsAsync(run(`select nextval('public.made') as made`), { name: 'DatabaseError', message: /25006/ })
    t.deepEqual((await session.query(`select current_setting('transaction_read_only') as read_only`)).rows, [
      { read_only: 'off' },
    ])
    t.deepEqual(await rowsOf(url, 'select * from caseload.checks'), [])
  })
})

test('an aborted run checks no further', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const staged = await stage(session, { patients: patients(2) })
    const { runChecks } = await import('../../pipelines/audit/run-checks.ts')
    const signal = AbortSignal.abort(new Error('stop'))
    const order = { batch, ...staged, checks: { rules: [], sql: [ownCheck('select 1')] }, signal }
    await t.throwsAsync(runChecks(session, order), { message: 'stop' })
  })
})

const mondays = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) =>
    new Date(Date.UTC(2023, 4, 1 - 7 * (index + 1))).toISOString().slice(0, 10),
  )

test('row counts are compared with earlier batches of the same weekday, and only ever warn', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const earlier = async (
      date: string,
      loaded: number,
      source = batch.source,
      status = 'published',
    ): Promise<void> => {
      await recordTable(session, await recordRun(session, { source, date }, status), 'patients', loaded)
    }
    const counted = async (loaded: number): Promise<readonly unknown[]> => {
      const tables = [{ table: 'patients', relation: undefined, loaded }]
      const runId = await recordRun(session, batch, 'running')
      const result = resultOf(await check(session, { runId, tables }, {}), 'row_count')
      return [result.outcome, result.badRows, result.detail]
    }
    t.deepEqual(await counted(10), ['pass', 0, 'no earlier batches of this weekday'])
    // The ninth Monday before is too old, and so is what a rerun replaced; other days and sources are none of its business.
    for (const [index, date] of mondays(9).entries()) {
      if (index === 3) {
        t.deepEqual(await counted(10), ['pass', 0, '10 rows; the median of 3 earlier batches of this weekday is 1,000'])
      }
      await earlier(date, 5, batch.source, 'replaced')
      await earlier(date, index === 8 ? 900_000 : 1000)
    }
    for (const sunday of ['2023-04-30', '2023-04-23', '2023-04-16', '2023-04-09']) await earlier(sunday, 1)
    await earlier('2023-05-08', 1)
    await earlier('2023-04-24', 1, 'source_b')
    await earlier('2023-04-24', 1, batch.source, 'refused')
    const median = 'the median of 8 earlier batches of this weekday is 1,000'
    t.deepEqual(await counted(500), ['pass', 0, `500 rows; ${median}`])
    t.deepEqual(await counted(499), ['warn', 0, `499 rows; ${median}`])
    t.deepEqual(await counted(2000), ['pass', 0, `2,000 rows; ${median}`])
    t.deepEqual(await counted(2001), ['warn', 0, `2,001 rows; ${median}`])
    t.deepEqual(await counted(0), ['warn', 0, `0 rows; ${median}`])
    await session.query('update caseload.tables set loaded = 40')
    t.is((await counted(99))[0], 'pass')
    t.is((await counted(100))[0], 'warn')
  })
})

test('a check that the source changes only warns and says why, or does not run', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const staged = await stage(session, { patients: patients(5) })
    const sql = [ownCheck('select patient_id from patients', { name: 'gone' })]
    t.is(resultOf(await check(session, staged, { sql }), 'gone').outcome, 'fail')
    const actions = { gone: warn('the feed has no genders'), row_count: off('comes when it comes') }
    const results = await check(session, staged, { sql, actions })
    t.like(resultOf(results, 'gone'), { severity: 'warn', outcome: 'warn', detail: 'the feed has no genders' })
    t.is(describeFailures(results, staged.runId), undefined)
    t.false(results.some(one => one.check === 'row_count'))
  })
})
