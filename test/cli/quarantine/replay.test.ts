import test from 'ava'
import { declareWard, diagnosis, patient, visit } from '../../system/delivery/ward.ts'

const day = '2023-05-01'
const patients = [patient('P1')]
const bad = {
  patients,
  visits: [visit('V1'), visit('V2', 'P1', { visit_date: 'Zyxwvut' })],
  diagnoses: [diagnosis('V1', 1, 'A'), diagnosis('V2', 1, 'B')],
}

interface Listed {
  readonly id: number
  readonly rule: string
  readonly state: string
  readonly file: string
  readonly record_no: number
}

test('a row in quarantine is listed, shown, and gone after its file was corrected and the batch replayed', async t => {
  const ward = await declareWard(t)
  await ward.load(day, bad)
  const listed = JSON.parse((await ward.call('quarantine', 'ls', 'ward', day, '--json')).stdout) as Listed[]
  t.deepEqual(
    listed.map(({ file, record_no, rule, state }) => [file, record_no, rule, state]),
    [
      ['ward/20230501/visits.csv', 2, 'pattern', 'open'],
      ['ward/20230501/diagnoses.csv', 2, 'parent', 'open'],
    ],
  )
  const id = String(listed[0]?.id)
  const shown = JSON.parse((await ward.call('quarantine', 'show', id)).stdout) as { row: Record<string, unknown> }
  t.like(shown.row, { visit_id: 'V2', visit_date: 'Zyxwvut' })
  t.regex((await ward.call('quarantine', 'summary')).stdout, /ward +2023-05-01 +visits +pattern +open +1 +2 +50\.00 %/)

  ward.deliver(day, { ...bad, visits: [visit('V1'), visit('V2')] })
  const replayed = await ward.call('quarantine', 'replay', 'ward', day)
  t.is(replayed.code, 0, replayed.stderr)
  t.regex(replayed.stdout, /^Published ward 2023-05-01/)
  t.regex(
    replayed.stdout,
    /table +dropped of +rule +before +after\n.*\ndiagnoses +parent +1 +0\nvisits +pattern +1 +0\n$/,
  )
  t.is((await ward.call('quarantine', 'ls')).stdout, 'No row in quarantine.\n')
  t.is((await ward.call('quarantine', 'show', id)).code, 2)
  t.deepEqual(await ward.lines('select diagnosis_code from current_diagnoses order by 1'), ['A', 'B'])
})

test('a batch replayed without a correction has the same rows in quarantine, once, with new ids', async t => {
  const ward = await declareWard(t)
  await ward.load(day, bad)
  const before = JSON.parse((await ward.call('quarantine', 'ls', '--json')).stdout) as Listed[]
  const replayed = await ward.call('quarantine', 'replay', 'ward', day, '--json')
  t.deepEqual((JSON.parse(replayed.stdout) as { quarantine: unknown }).quarantine, [
    { table_name: 'diagnoses', column_name: null, rule: 'parent', before: 1, after: 1 },
    { table_name: 'visits', column_name: null, rule: 'pattern', before: 1, after: 1 },
  ])
  const after = JSON.parse((await ward.call('quarantine', 'ls', '--json')).stdout) as Listed[]
  t.is(after.length, before.length)
  t.false(after.some(({ id }) => before.some(one => one.id === id)))
})

test('a refused replay exits 3 and prints its counts; the published batch stays', async t => {
  const ward = await declareWard(t)
  await ward.load(day, bad)
  // One row stays good: a table that loses all its rows is refused, whatever the limit.
  const visits = [visit('V1', 'P1', { visit_date: 'Zyxwvut' }), ...bad.visits.slice(1), visit('V7')]
  ward.deliver(day, { ...bad, visits })
  const refused = await ward.call('quarantine', 'replay', 'ward', day, '--max-bad-rows', '1')
  t.is(refused.code, 3)
  t.regex(refused.stdout, /visits +pattern +1 +2\n/)
  t.notRegex(refused.stdout, /Published/)
  t.false(`${refused.stdout}${refused.stderr}`.includes('Zyxwvut'))
  t.deepEqual(await ward.lines('select visit_id from current_visits'), ['V1'])

  const run = (await ward.lines(`select run_id from caseload.runs where status = 'refused'`))[0] ?? ''
  const rejected = JSON.parse(
    (await ward.call('quarantine', 'ls', '--run', run.slice(0, 8), '--rule', 'pattern', '--json')).stdout,
  ) as Listed[]
  t.deepEqual(
    rejected.map(one => one.state),
    ['refused', 'refused'],
  )
  const allowed = await ward.call('quarantine', 'replay', 'ward', day, '--max-bad-rows', '2')
  t.is(allowed.code, 0, allowed.stderr)
  t.regex(allowed.stdout, /visits +pattern +2 +2\n/)
})

test('a replay of a source that never ran is a usage error; of a day without a folder, missing input', async t => {
  const ward = await declareWard(t)
  t.is((await ward.call('quarantine', 'replay', 'ward', 'tomorrow')).code, 2)
  t.is((await ward.call('quarantine', 'replay', 'sward', day)).code, 2)
  t.is((await ward.call('quarantine', 'replay', 'ward', day)).code, 4)
  t.deepEqual(await ward.lines('select status from caseload.runs'), ['incomplete'])
})
