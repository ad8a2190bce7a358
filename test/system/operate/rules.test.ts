import test from 'ava'
import { declareWard, patient, visit } from '../delivery/ward.ts'

const day = '2023-05-01'
const people = Array.from({ length: 20 }, (_, n) => patient(`P${n + 1}`, 'Avery Sample', { birth_date: '1960-02-03' }))
const old = [...people.slice(1), patient('P1', 'Avery Sample', { birth_date: '1722-02-03' })]

interface Listed {
  readonly id: number
  readonly column_name: string | null
  readonly rule: string
  readonly reason: string
  readonly state: string
}

const counts = `select t.table_name, t.candidates, t.loaded, t.quarantined, t.dropped
  from caseload.tables as t join caseload.runs as r using (run_id) where r.status = 'published' order by 1`

test('a birth out of range is dropped: the patient and her visits are loaded, and the value is in quarantine', async t => {
  const ward = await declareWard(t)
  ward.deliver(day, { patients: old, visits: [visit('V1')] })
  const done = await ward.run(day)
  t.is(done.code, 0, done.stderr)
  t.regex(done.stdout, /table +loaded +quarantined +removed +values dropped\n.*\npatients +20 +0 +0 +1\n/)
  t.regex(done.stdout, /See the rows in quarantine with: caseload quarantine ls/)
  t.deepEqual(await ward.lines(counts), ['patients 20 20 0 {"birth_date.range":1}', 'visits 1 1 0 {}'])
  t.deepEqual(await ward.lines("select patient_id, birth_date from store.patients where patient_id = 'P1'"), [
    'P1 null',
  ])
  t.deepEqual(
    await ward.lines(
      'select table_name, rows_loaded, rows_quarantined, values_dropped from clinical.data_quality_summary order by 1',
    ),
    ['patients 20 0 1', 'visits 1 0 0'],
  )
  const told = await Promise.all([ward.call('runs', '--json'), ward.call('status', '--json', '--to', day)])
  for (const { stdout } of told) t.like((JSON.parse(stdout) as unknown[])[0], { quarantined: 0, dropped: 1 })
  const [value] = JSON.parse((await ward.call('quarantine', 'ls', '--json')).stdout) as Listed[]
  t.like(value, {
    column_name: 'birth_date',
    rule: 'range',
    reason: 'birth_date is not between 1850-01-01 and 2299-12-31',
    state: 'dropped',
    dropped: true,
  })
  const shown = JSON.parse((await ward.call('quarantine', 'show', String(value?.id))).stdout) as { row: unknown }
  t.like(shown.row, { patient_id: 'P1', birth_date: '1722-02-03' })
  t.regex((await ward.call('quarantine', 'summary')).stdout, /patients +birth_date +range +dropped +1 +20 +5\.00 %/)

  ward.deliver(day, { patients: people, visits: [visit('V1')] })
  const plan = await ward.call('plan', 'ward', day)
  t.regex(plan.stdout, /patients +value dropped +birth_date\.range +1 +0\n/)
  const replayed = await ward.call('quarantine', 'replay', 'ward', day)
  t.regex(replayed.stdout, /patients +birth_date +range +1 +0\n/)
  t.is((await ward.call('quarantine', 'ls')).stdout, 'No row in quarantine.\n')
})

test('what a source declares goes before the contract, and makes its batches stale', async t => {
  const ward = await declareWard(t, "rules = { 'birth_date.range': { kind: 'quarantine' } }")
  await ward.load(day, { patients: old, visits: [visit('V1')] })
  t.deepEqual(await ward.lines(counts), ['patients 20 19 1 {}', 'visits 1 0 1 {}'])
  const definition = await ward.lines(
    `select definition -> 'actions' from caseload.contracts where table_name = 'patients'`,
  )
  t.deepEqual(definition, ['{}'])
})

test('a format that changes for all values refuses the batch, also of a column that few rows fill', async t => {
  const ward = await declareWard(t, "rules = { birth_date: { kind: 'drop' } }")
  const dutch = Array.from({ length: 12 }, (_, n) => patient(`D${n + 1}`, 'Avery Sample', { birth_date: '3-2-1960' }))
  ward.deliver(day, { patients: dutch })
  const all = await ward.run(day)
  t.is(all.code, 3, all.stderr)
  t.regex(all.stderr, /12 of 12 rows of patients \(of 12 of them a value would be dropped\)/)
  t.regex((await ward.call('quarantine', 'ls', '--json')).stdout, /"state": "refused"/)
  const many = Array.from({ length: 300 }, (_, n) => patient(`M${n + 1}`))
  ward.deliver(day, { patients: [...many, ...dutch] })
  const sparse = await ward.run(day)
  t.is(sparse.code, 3, sparse.stderr)
  t.regex(sparse.stderr, /12 of 12 values of patients[.]birth_date/)
  t.is((await ward.run(day, '--max-bad-rows', '100%')).code, 0)
})

test('warn loads the value, counts it and warns, at the run and at every check', async t => {
  const ward = await declareWard(t, "rules = { 'birth_date.range': { kind: 'warn' } }")
  ward.deliver(day, { patients: old })
  const done = await ward.run(day)
  t.is(done.code, 0, done.stderr)
  t.regex(done.stderr, /patients warn\(birth_date\.range\): 1 of 20 rows; loaded as delivered/)
  t.deepEqual(await ward.lines("select birth_date::text from store.patients where patient_id = 'P1'"), ['1722-02-03'])
  const check = await ward.call('check', 'ward', day)
  t.regex(check.stdout, /warn\(birth_date\.range\) +patients +warn +warn +20 +1 +loaded as delivered/)
  t.is((await ward.call('quarantine', 'ls')).stdout, 'No row in quarantine.\n')
})

test('keys that come twice are settled by what was delivered, and the quick way and the exact one agree', async t => {
  const twice = [
    ...people,
    patient('P1', 'Avery Sample', { birth_date: '1722-02-03' }),
    patient('P2', 'Avery Sample', { birth_date: '1722-02-03' }),
    patient('P2', 'Avery Sample', { birth_date: '1722-02-03' }),
    patient('P21', 'Avery Sample', { birth_date: '1722-02-03' }),
    patient('P21', 'Avery Sample', { birth_date: '1722-02-03' }),
  ]
  const ward = await declareWard(t)
  await ward.load(day, { patients: twice })
  t.deepEqual(
    await ward.lines(
      "select patient_id, birth_date from store.patients where patient_id in ('P1', 'P2', 'P21') order by 1",
    ),
    ['P1 null', 'P2 null', 'P21 null'],
  )
  t.deepEqual(
    await ward.lines("select candidates, loaded, dropped, removed from caseload.tables where table_name = 'patients'"),
    ['25 21 {"birth_date.range":3} {"superseded":2,"duplicate":2}'],
  )
  const strict = await declareWard(t, "onConflict = { patients: { quarantine: ['birth_date'] } }")
  await strict.load(day, { patients: twice.slice(0, 21) })
  t.deepEqual(await strict.lines("select quarantined_by, dropped from caseload.tables where table_name = 'patients'"), [
    '{"conflict":2} {}',
  ])
})

test('a declaration that cannot hold is refused when the class is loaded', async t => {
  const ward = await declareWard(t, "rules = { birth_dat: { kind: 'drop' } }")
  ward.deliver(day, { patients: people })
  const done = await ward.run(day)
  t.is(done.code, 2)
  t.regex(done.stderr, /rules\['birth_dat'\] names birth_dat.* Did you mean birth_date\?/)
})

test('where rows are masked, so is what is kept of a dropped value', async t => {
  const ward = await declareWard(t)
  ward.deliver(day, { patients: old, visits: [visit('V1')] })
  const env = { CASELOAD_MASK_AT_LOAD: 'true', CASELOAD_PSEUDONYM_KEY: 'Mask-key-of-the-tests-0123456789abcdef' }
  const done = await ward.callWith(env, 'run', 'ward', day)
  t.is(done.code, 0, done.stderr)
  const rows = await ward.lines(
    `select column_name, reason, "row" ->> 'patient_id' like 'p1!_%' escape '!' as masked, "row" ->> 'birth_date' as birth_date from caseload.quarantine`,
  )
  t.deepEqual(rows, ['birth_date birth_date breaks the rule range true null'])
})

test('dates that are shifted load under their day of delivery, and status shows which rules are changed and why', async t => {
  const ward = await declareWard(
    t,
    `rules = {
      birth_in_future: { kind: 'off', reason: 'dates are shifted' },
      default_birth_dates: { kind: 'off', reason: 'one day for all' },
    }`,
  )
  const born = Array.from({ length: 20 }, (_, n) => patient(`P${n + 1}`, 'Avery Sample', { birth_date: '2110-02-03' }))
  await ward.load(day, { patients: born })
  t.deepEqual(await ward.lines('select batch_date, birth_date, count(*) from store.patients group by 1, 2'), [
    `${day} 2110-02-03 20`,
  ])
  const status = await ward.call('status', '--to', day)
  t.regex(status.stdout, /Rules that are changed:\n.*\n.*\nward +birth_in_future +off +dates are shifted +source\n/)
  const [state] = JSON.parse((await ward.call('status', '--json', '--to', day)).stdout) as { rules: unknown[] }[]
  t.deepEqual(state?.rules[1], {
    rule: 'default_birth_dates',
    action: 'off',
    reason: 'one day for all',
    declaredBy: 'source',
  })
  t.deepEqual(await ward.lines("select count(*) from caseload.checks where check_name = 'default_birth_dates'"), ['0'])
})
