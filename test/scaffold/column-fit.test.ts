import test from 'ava'
import { listed, make } from './making.ts'

const rows = (type: string): string =>
  [
    'DATE,PATIENT,CODE,DESCRIPTION,VALUE,UNITS,TYPE',
    `2023-10-10T04:17:47Z,P-17,1,Pain severity,0.0,{score},${type}`,
    `2023-10-10T04:17:47Z,P-17,2,Depression score,0.0,{score},${type}`,
    '2023-10-10T04:17:47Z,P-17,3,Tobacco status,Never smoker,,text',
  ].join('\n')

test('a column that says whether a value is a number is not the type of a reading: another column is', async t => {
  for (const type of ['numeric', 'NM', 'Quantity']) {
    const made = await make(t, 'observations.csv', rows(type))
    t.deepEqual(listed(made), [['measurements', 3, 3]], type)
    t.true(made.read('sources/ward/measurements.sql').includes('DESCRIPTION as type'), type)
    t.deepEqual(made.unmapped, ['CODE', 'TYPE'])
  }
})

test('if the description is too long for a type, the code is the type', async t => {
  const long = rows('numeric').replaceAll(/Pain severity|Depression score/g, 'x'.repeat(65))
  const made = await make(t, 'observations.csv', long)
  t.deepEqual(listed(made), [['measurements', 3, 3]])
  t.true(made.read('sources/ward/measurements.sql').includes('CODE as type'))
  t.deepEqual(made.unmapped, ['DESCRIPTION', 'TYPE'])
})

test('removed rows are counted by rule', async t => {
  const made = await make(t, 'observations.csv', rows('score'))
  t.true(made.read('sources/ward/measurements.sql').includes('TYPE as type'))
  t.deepEqual(made.tried[0]?.removedBy, [{ rule: 'duplicate', rows: 1 }])
  const empty = await make(t, 'obs.csv', 'patient_id,timestamp,pulse,spo2\nP-17,2023-05-01T08:00,,98\n')
  t.deepEqual(empty.tried[0]?.removedBy, [{ rule: 'empty_cell', rows: 1 }])
})
