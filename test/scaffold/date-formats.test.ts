import test from 'ava'
import { listed, make } from './making.ts'

const people = (...dates: readonly string[]): string =>
  `patient_id,name,dob\n${dates.map((date, n) => `P-${n + 17},A,"${date}"\n`).join('')}`

test('a date of another form is written as its try_strptime line, and its rows are valid', async t => {
  const forms: readonly (readonly [format: string, dates: readonly string[]])[] = [
    ['%d.%m.%Y', ['31.01.1977', '01.02.1980', '1.2.1980']],
    ['%d/%m/%Y', ['31/01/1977', '01/02/1980']],
    ['%m/%d/%Y', ['01/31/1977', '02/01/1980']],
    ['%d-%m-%Y', ['31-01-1977', '01-02-1980']],
    ['%Y%m%d', ['19770131', '19800201']],
    ['%d%m%Y', ['31011977', '01021980']],
    ['%d-%b-%Y', ['31-JAN-1977', '01-Feb-1980']],
    ['%b %d, %Y', ['Jan 31, 1977', 'Feb 01, 1980']],
    ['%Y-%m-%d %H:%M:%S', ['1977-01-31 00:00:00', '1980-02-01 00:00:00']],
  ]
  for (const [format, dates] of forms) {
    const made = await make(t, 'patients.csv', people(...dates))
    const line = `coalesce(strftime(try_strptime(dob, '${format}'), '%Y-%m-%d'), dob) as birth_date`
    const text = made.read('sources/ward/patients.sql')
    t.true(text.includes(line), `${format}: ${text}`)
    t.deepEqual(listed(made), [['patients', dates.length, dates.length]], format)
    t.deepEqual([made.misfits, made.ambiguous], [[], []], format)
    t.notRegex(text, /1977|1980|P-1/, 'no value')
  }
})

test('a value that has not the format stays, and the contract finds it', async t => {
  const made = await make(t, 'patients.csv', people('31.01.1977', '01.02.1980', '02.02.1980', 'unknown'))
  t.deepEqual(listed(made), [['patients', 4, 3]])
  t.deepEqual(made.tried[0]?.broken, [{ rule: 'birth_date pattern', rows: 1 }])
})

test('if day and month can be exchanged, the SELECT and the summary say so, and no value is shown', async t => {
  const made = await make(t, 'patients.csv', people('03/04/1977', '05/06/1980'))
  const text = made.read('sources/ward/patients.sql')
  t.true(text.includes("try_strptime(dob, '%d/%m/%Y')"), text)
  const words = 'dob is read as %d/%m/%Y, and may be %m/%d/%Y: no day in the sample is over 12'
  t.true(text.includes(`-- check: ${words}`), text)
  t.deepEqual(made.ambiguous, [`patients.birth_date: ${words}`])
  t.notRegex(text + JSON.stringify(made.ambiguous), /1977|1980/)
})

test('a day over 12 in another column of the records shows the order', async t => {
  const made = await make(
    t,
    'patients.csv',
    'patient_id,dob,entry_date\nP-17,03/04/1977,04/28/2023\nP-18,05/06/1980,05/02/2023\n',
  )
  t.true(made.read('sources/ward/patients.sql').includes("try_strptime(dob, '%m/%d/%Y')"))
  t.deepEqual(made.ambiguous, [])
})

test('times of two precisions are read with both formats', async t => {
  const made = await make(
    t,
    'visits.csv',
    'patient_id,visit_id,admitted_at\nP-17,V-1,28.03.2024 08:30\nP-17,V-2,29.03.2024 18:30:10\n',
  )
  t.regex(
    made.read('sources/ward/visits.sql'),
    /try_strptime\(admitted_at, \['%d\.%m\.%Y %H:%M:%S', '%d\.%m\.%Y %H:%M'\]\), '%Y-%m-%dT%H:%M:%S'\), admitted_at\)/,
  )
  t.deepEqual(listed(made), [['visits', 2, 2]])
})

test('a visit that was admitted and discharged has moments, or days where the feed has no times', async t => {
  for (const [from, to, columns] of [
    ['2023-05-01 08:00', '2023-05-03 10:00', 'at'],
    ['2023-05-01', '2023-05-03', 'on'],
  ] as const) {
    const made = await make(t, 'visits.csv', `patient,visit,admitted,discharged\nP1,V1,${from},${to}\nP2,V2,${from},\n`)
    const select = made.read('sources/ward/visits.sql')
    t.regex(select, new RegExp(`admitted as admitted_${columns},\\n +discharged as discharged_${columns}`))
    t.deepEqual(listed(made), [['visits', 2, 2]])
  }
})
