import test from 'ava'
import { declareWard, patient, visit } from '../delivery/ward.ts'

const warns = `inputs = Object.fromEntries(
  Object.entries(new WardBase().inputs).map(([name, input]) => [
    name,
    name === 'people' ? { ...input, unknown: 'warn', fields: 'fields.json' } : input,
  ]),
)`

test('new fields are listed, written for the input that reads them, warned of, and counted with empty rows', async t => {
  const ward = await declareWard(t, warns)
  ward.deliver('2023-05-01', {
    patients: [patient('P1', 'Avery Sample', { ward: '5' })],
    visits: [visit('V1', 'P1', { bed: '7' })],
  })
  const listed = await ward.call('fields', 'ward', '2023-05-01', '--write')
  t.is(listed.code, 0, listed.stderr)
  t.regex(listed.stdout, /^people +ward +new +1$/m)
  t.regex(listed.stdout, /^people +birth_date +absent +0$/m)
  t.regex(listed.stdout, /^stays +bed +new +1$/m)
  t.regex(listed.stdout, /^Added 1 field of people to .*fields\.json\.$/m)
  t.regex(listed.stdout, /^Paste into the class: stays: optional: \['status', 'bed'\],$/m)

  const empty = { patient_id: '', name: '', ward: '', unit: '' }
  ward.deliver('2023-05-01', { patients: [patient('P1', 'Avery Sample', { ward: '5', unit: 'x' }), empty, empty] })
  const done = await ward.run('2023-05-01')
  t.is(done.code, 0, done.stderr)
  t.regex(done.stderr, /unknown_fields: people has unit\. Declare/)
  t.is(done.stderr.match(/unknown_fields/g)?.length, 1)
  t.regex(done.stdout, /^Removed, by rule: patients empty_row 2\.$/m)
  const tried = await ward.call('try', 'ward', '2023-05-01')
  t.regex(tried.stdout, /^patients +3 +1 +0 +2 +0$/m)
  t.regex(tried.stdout, /^patients +removed +empty_row +2$/m)
  t.deepEqual(
    await ward.lines(`select candidates, loaded, removed from caseload.tables where table_name = 'patients'`),
    ['3 1 {"empty_row":2}'],
  )
  t.deepEqual(await ward.lines(`select path, records from caseload.files where path like '%patients.csv'`), [
    'ward/20230501/patients.csv 3',
  ])
})
