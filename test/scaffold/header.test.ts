import test from 'ava'
import fc from 'fast-check'
import { listed, make, refusal } from './making.ts'

test('a first line of the form of its records is refused, and none of its values is shown', async t => {
  const files = [
    'P-A-001,Avery Sample\nP-A-002,Blake Example\n',
    'P-17,Avery,F\nP-18,Blake,M\n',
    'Avery,P-9\nBlake,P-10\nCasey,P-11\nDrew,\nEllis,unknown\n',
    'Avery;Ward 7\r\nBlake;Ward 12\r\n',
    'Avery,01-JAN-1977\nBlake,29-FEB-1980\n',
    'ÄB-17,Ärzte\nÖC-18,Über\n',
  ]
  for (const file of files) {
    const message = await refusal(t, 'names.csv', file)
    t.regex(
      message,
      /Expected column names in the first line of names\.csv, found 1 (?:name of the same form as the values|number, date)/,
    )
    t.notRegex(message, /P-|Avery|Ward|JAN|17|Ä/)
  }
  const ids = ['d', 'e'].map(one => `1b4e28ba-2fa1-11d2-883f-0016d3cca42${one},Avery`)
  t.regex(await refusal(t, 'names.csv', ids.join('\n')), /found 1 number, date, id or address/)
})

test('a name that occurs twice is shown unless it may be a value', async t => {
  const twice =
    /Expected each column name once in the first line of twice\.csv, found the name of column 1 again in column 2\./
  t.regex(await refusal(t, 'twice.csv', 'P-17,P-17\nP-18,P-18\n'), twice)
  t.regex(await refusal(t, 'twice.csv', 'dx1,dx1\nE11.9,I10\n'), twice)
  t.regex(await refusal(t, 'twice.csv', `${'a'.repeat(70)},${'a'.repeat(70)}\nE11.9,I10\n`), twice)
  const repeated = await refusal(t, 'twice.csv', 'Avery,Avery,Ward\nBlake,Blake,Ward\n')
  t.regex(repeated, /found 1 name that also occurs as a value of its column/)
  t.notRegex(repeated, /Avery|"/)
})

test('names with a digit count as names above codes and numbers of any form', async t => {
  const rows = ['P-17,A,E11.9,98,E11,I10,71,a1,12.5,400', 'P-18,B,I10,97.5,Z9,E11.9,64,b2,11,410']
  const names = 'patient,name,icd10,spo2,code1,I10_DX1,value1,Answer1,b12,cd4'
  const made = await make(t, 'records.csv', [names, ...rows].join('\n'))
  t.deepEqual(listed(made)[0], ['patients', 2, 2])
  const few = await make(t, 'records.csv', 'patient,q1\nP-17,a1\nP-18,xx\nP-19,yes\nP-20,\n')
  t.true(few.read('sources/ward/ward.js').includes("columns: ['patient', 'q1']"))
})

test('ids of one form are not taken for a header', async t => {
  const form = fc.record({
    before: fc.stringMatching(/^[A-Z]{1,4}[-_/ ]?$/),
    numbers: fc.uniqueArray(fc.integer({ min: 1, max: 999_999 }), { minLength: 2, maxLength: 9 }),
    after: fc.constantFrom('', '-A', 'x'),
  })
  const property = fc.asyncProperty(form, async ({ before, numbers, after }) => {
    const ids = numbers.map(number => `${before}${number}${after}`)
    const error = await t.throwsAsync(make(t, 'a.csv', `${ids.join('\n')}\n`), { name: 'UsageError' })
    t.regex(error.message, /of the same form as the values|number, date|numbers, dates|a number of three digits/)
    for (const id of ids) t.false(error.message.includes(id))
  })
  await fc.assert(property, { numRuns: 25 })
})
