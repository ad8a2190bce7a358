import test from 'ava'
import { declareWard, diagnosis, patient, reading, visit } from '../delivery/ward.ts'

/** The newest result of each check of references in each batch. */
const found = `select distinct on (r.batch_date, c.table_name, c.check_name)
    r.batch_date, c.table_name, c.check_name, c.outcome, c.bad_rows, c.detail
  from caseload.checks as c join caseload.runs as r on r.run_id = c.run_id
  where c.check_name like 'orphans%' and r.batch_date = '2023-05-02'
  order by r.batch_date, c.table_name, c.check_name, c.checked_at desc`
const tail = 'the view orphans lists them'

test('a load and a check warn of rows whose parent is in no batch, or not in theirs, as orphans lists them', async t => {
  const ward = await declareWard(
    t,
    `references = { visits: 'deferred', diagnoses: 'deferred', measurements: 'deferred' }`,
  )
  ward.deliver('2023-05-02', {
    visits: [visit('V1')],
    diagnoses: [diagnosis('V1', 1, 'A'), diagnosis('V0', 1, 'B'), diagnosis('V9', 1, 'C')],
    measurements: [reading(1, '60', 'P1', 'V0'), reading(2, '61', 'P9')],
  })
  const run = await ward.run('2023-05-02')
  t.is(run.code, 0, run.stderr)
  t.true(run.stderr.includes('diagnoses orphans_visits: 2 of 3 rows; no parent in any batch 2'), run.stderr)
  t.deepEqual(await ward.lines(found), [
    `2023-05-02 diagnoses orphans_visits warn 2 no parent in any batch 2; ${tail}`,
    `2023-05-02 measurements orphans_patients warn 2 no parent in any batch 2; ${tail}`,
    `2023-05-02 measurements orphans_visits warn 1 no parent in any batch 1; ${tail}`,
    `2023-05-02 visits orphans_patients warn 1 no parent in any batch 1; ${tail}`,
  ])
  // The day before brings parents: what belongs to them by id is at home, a part of a version is not.
  await ward.load('2023-05-01', { patients: [patient('P1')], visits: [visit('V0')] })
  const checked = await ward.call('check', 'ward', '2023-05-02')
  t.is(checked.code, 0, checked.stderr)
  t.deepEqual(await ward.lines(found), [
    `2023-05-02 diagnoses orphans_visits warn 2 no parent in any batch 1, parent only in another batch 1; ${tail}`,
    `2023-05-02 measurements orphans_patients warn 1 no parent in any batch 1; ${tail}`,
    '2023-05-02 measurements orphans_visits pass 0 null',
    '2023-05-02 visits orphans_patients pass 0 null',
  ])
  t.deepEqual(
    await ward.lines(
      `select child_table, parent_table, sum(rows) from orphans
       group by 1, 2 order by 1, 2`,
    ),
    ['diagnoses visits 2', 'measurements patients 1'],
  )
  // A rerun does not take the rows that it replaces for parents of its own.
  ward.deliver('2023-05-01', { patients: [patient('P1')], visits: [] })
  t.is((await ward.run('2023-05-01')).code, 0)
  ward.deliver('2023-05-02', { patients: [patient('P2')], measurements: [reading(1, '60', 'P1', 'V1')] })
  t.is((await ward.run('2023-05-02')).code, 0)
  t.deepEqual((await ward.lines(found)).slice(1, 3), [
    '2023-05-02 measurements orphans_patients pass 0 null',
    `2023-05-02 measurements orphans_visits warn 1 no parent in any batch 1; ${tail}`,
  ])
})

// With the default references the load holds what came together; what an optional file left out, nothing holds.
test('where the parents did not come at all, rows load under references batch, and the load warns', async t => {
  const ward = await declareWard(
    t,
    `constructor() {
      super()
      this.inputs = { ...this.inputs, people: { ...this.inputs.people, presence: 'optional' } }
    }`,
  )
  await ward.load('2023-05-02', { patients: undefined, visits: [visit('V1'), visit('V2', 'P2')] })
  t.deepEqual(await ward.lines(found), [`2023-05-02 visits orphans_patients warn 2 no parent in any batch 2; ${tail}`])
  t.deepEqual(await ward.lines('select child_table, parent_table, sum(rows) from orphans group by 1, 2'), [
    'visits patients 2',
  ])
  await ward.load('2023-05-01', { patients: [patient('P1')] })
  await ward.call('check', 'ward', '2023-05-02')
  t.deepEqual(await ward.lines(found), [`2023-05-02 visits orphans_patients warn 1 no parent in any batch 1; ${tail}`])
})
