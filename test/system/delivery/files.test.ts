import test from 'ava'
import { declareWard, diagnosis, patient, reading, visit } from './ward.ts'

const day = '2023-05-01'
const nextDay = '2023-05-02'

test('a file that is optional may be absent; one that is required may not (exit 4)', async t => {
  const ward = await declareWard(t)
  await ward.load(day, { patients: [patient('P1')] })
  t.deepEqual(await ward.lines(`select table_name, rows from caseload.published order by 1`), [
    'patients 1',
    'visits 0',
  ])
  ward.deliver(day, { patients: [patient('P1'), patient('P2')], visits: undefined })
  const done = await ward.run(day)
  t.is(done.code, 4)
  t.regex(done.stderr, /visits\.csv/)
  t.deepEqual(await ward.lines('select patient_id from current_patients'), ['P1'])
})

test('an optional file that stays away from a rerun takes its rows with it', async t => {
  const ward = await declareWard(t)
  const delivery = { patients: [patient('P1')], visits: [visit('V1')] }
  await ward.load(day, { ...delivery, diagnoses: [diagnosis('V1', 1, 'A')] })
  t.deepEqual(await ward.lines('select diagnosis_code from current_diagnoses'), ['A'])
  await ward.load(day, delivery)
  t.deepEqual(await ward.lines('select diagnosis_code from current_diagnoses'), [])
})

test('an optional file that does not come says nothing of its table, neither to a full list nor to its children', async t => {
  const ward = await declareWard(
    t,
    `delivery = { patients: 'full' }
     constructor() {
       super()
       this.inputs = { ...this.inputs, people: { ...this.inputs.people, presence: 'optional' } }
     }`,
  )
  await ward.load(day, { patients: [patient('P1')], visits: [visit('V1')] })
  await ward.load(nextDay, { patients: undefined, visits: [visit('V2')] })
  t.deepEqual(await ward.lines('select patient_id from current_patients'), ['P1'])
  t.deepEqual(await ward.lines('select visit_id from current_visits order by 1'), ['V1', 'V2'])
  t.deepEqual(await ward.lines('select rule from caseload.quarantine'), [])
})

test('empty: refuse keeps the batch there was (exit 3), allow replaces it by nothing', async t => {
  for (const empty of ['refuse', 'allow']) {
    const ward = await declareWard(t, empty === 'refuse' ? '' : `empty = 'allow'`)
    await ward.load(day, { patients: [patient('P1')] })
    ward.deliver(day, {})
    const done = await ward.run(day)
    t.is(done.code, empty === 'refuse' ? 3 : 0, done.stderr)
    t.deepEqual(await ward.lines('select patient_id from store.patients'), empty === 'refuse' ? ['P1'] : [])
    t.deepEqual(await ward.lines('select status from caseload.runs order by started_at'), [
      empty === 'refuse' ? 'published' : 'replaced',
      empty === 'refuse' ? 'refused' : 'published',
    ])
    if (empty === 'refuse') t.regex(done.stderr, /Expected records, found none/)
  }
})

test('empty: allow also takes a day without any file, where all of them are optional', async t => {
  const ward = await declareWard(
    t,
    `empty = 'allow'
     constructor() {
       super()
       this.inputs = Object.fromEntries(
         Object.entries(this.inputs).map(([name, input]) => [name, { ...input, presence: 'optional' }]),
       )
     }`,
  )
  await ward.load(day, { patients: [patient('P1')] })
  ward.deliver(day, { patients: undefined, visits: undefined })
  const done = await ward.run(day)
  t.is(done.code, 0, done.stderr)
  t.deepEqual(await ward.lines('select patient_id from store.patients'), [])
  t.regex((await ward.call('plan', 'ward', '--from', day, '--to', day)).stdout, /1 to skip \(1 unchanged\)/)
  t.deepEqual(await ward.lines('select published_batches, newest_batch_rows from source_freshness'), ['1 0'])
  t.is((await ward.call('rollback', 'ward', day)).code, 0)
  t.deepEqual(await ward.lines('select patient_id from store.patients'), ['P1'])
})

test('a column that the source does not declare stops the batch; one that it ignores by name does not', async t => {
  const lines = [patient('P1', 'Avery Sample', { shoe_size: '44' })]
  const strict = await declareWard(t)
  strict.deliver(day, { patients: lines })
  const refused = await strict.run(day)
  t.is(refused.code, 3)
  t.regex(refused.stderr, /does not declare: shoe_size\./)
  t.deepEqual(await strict.lines('select patient_id from store.patients'), [])

  const ward = await declareWard(
    t,
    `constructor() {
       super()
       this.inputs.people = { ...this.inputs.people, ignored: ['shoe_size'] }
     }`,
  )
  await ward.load(day, { patients: lines })
  t.deepEqual(await ward.lines('select patient_id, name from store.patients'), ['P1 Avery Sample'])
  ward.deliver(day, { patients: [patient('P1', 'Avery Sample', { hat_size: '60' })] })
  t.is((await ward.run(day)).code, 3)
})

test('a row that the SELECT removes is counted by the rule it names', async t => {
  const ward = await declareWard(t)
  await ward.load(day, {
    patients: [patient('P1')],
    measurements: [reading(1, '60'), reading(2, null), reading(3, null)],
  })
  t.deepEqual(
    await ward.lines(
      `select candidates, loaded, quarantined, removed from caseload.tables where table_name = 'measurements'`,
    ),
    ['3 1 0 {"empty_cell":2}'],
  )
})
