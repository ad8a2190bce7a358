import test from 'ava'
import { listed, make } from './making.ts'

const narrow = (...values: readonly string[]): string =>
  `patient_id;measured_at;type;value;unit\n${values.map((value, n) => `P-17;2023-05-01T10:00:0${n};temperature;${value};Cel\n`).join('')}`

const read = 'value is read with a decimal comma, which the numbers of the sample have'
const open = 'value has commas that may stand before decimals or between thousands, and is left as it is'
const mixed = 'value has numbers with a comma beside numbers of another form, and is left as it is'

test('numbers with a decimal comma are read as numbers, and the SELECT and the summary say so', async t => {
  const samples = [
    ['37,5', '38,25', '36'],
    ['-0,125', '36'],
    ['36', '36', '36', '36', '36', '37,5'],
  ]
  for (const values of samples) {
    const made = await make(t, 'vitals.csv', narrow(...values))
    const text = made.read('sources/ward/measurements.sql')
    t.true(text.includes("\n  replace(value, ',', '.') as value,\n"), text)
    t.true(text.includes(`-- check: ${read}\n`), text)
    t.false(text.includes('as value_text'), text)
    t.deepEqual(made.commas, [`measurements.value: ${read}`])
    t.deepEqual(listed(made), [['measurements', values.length, values.length]], values.join(' '))
    t.notRegex(text + JSON.stringify(made.commas), /37|125/, 'no value')
  }
})

test('beside words, the numbers with a decimal comma are numbers and the words are texts', async t => {
  const made = await make(t, 'vitals.csv', narrow('37,5', 'negative', '38,1', 'see note', 'lost'))
  const text = made.read('sources/ward/measurements.sql')
  t.regex(text, /case when regexp_full_match\(trim\(replace\(value, ',', '\.'\)\), .* as value,\n/)
  t.regex(
    text,
    /case when not regexp_full_match\(trim\(replace\(value, ',', '\.'\)\), .* then value end as value_text,\n/,
  )
  t.deepEqual(made.commas, [`measurements.value: ${read}`])
  t.deepEqual(listed(made), [['measurements', 5, 5]])
})

test('a column that is a reading of its own is read with a decimal comma, too', async t => {
  const made = await make(
    t,
    'vitals.csv',
    'patient_id;measured_at;temp_c;pulse;weight_kg\nP-17;2023-05-01T10:00:00;37,5;60;1,234\nP-17;2023-05-01T11:00:00;38,25;61;1,250\n',
  )
  const text = made.read('sources/ward/measurements.sql')
  t.true(text.includes("'value': replace(temp_c, ',', '.')}"), text)
  t.true(text.includes("'value': pulse}"), text)
  t.false(text.includes('weight_kg}'), text)
  t.deepEqual(made.commas, [
    `measurements.value: ${read.replace('value', 'temp_c')}`,
    `measurements.value: ${open.replace('value', 'weight_kg')}`,
  ])
  t.deepEqual(listed(made), [['measurements', 4, 4]])
})

test('commas that may mean something else stay, and the SELECT and the summary say so', async t => {
  for (const [words, values] of [
    [open, ['1,234']],
    [open, ['1,234,567', '2,500', '12']],
    [mixed, ['37,5', '37.5']],
    [mixed, ['1.234,5', '37,5']],
    [mixed, ['1,234,567', '37,5']],
  ] as const) {
    const made = await make(t, 'vitals.csv', narrow(...values))
    const text = made.read('sources/ward/measurements.sql')
    t.false(text.includes('replace('), text)
    t.true(text.includes(`-- check: ${words}\n`), text)
    t.deepEqual(made.commas, [`measurements.value: ${words}`], values.join(' '))
  }
})

test('a comma in a text is no decimal comma', async t => {
  const made = await make(t, 'vitals.csv', narrow('36.5', '37.5', 'yes, but late'))
  t.deepEqual(made.commas, [])
  t.false(made.read('sources/ward/measurements.sql').includes('replace('))
})
