import test from 'ava'
import fc from 'fast-check'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { json, list, map, object, scalar } from '../../pipelines/source/inputs.ts'
import { type InferredShape, inferShape } from '../../pipelines/scaffold/infer-shape.ts'
import { shapeFault } from '../../pipelines/read/json-shape.ts'
import { UnknownFieldWatch } from '../../pipelines/read/json-unknown.ts'
import { testReader } from '../read/read-files.ts'

const names = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('id', 'name', 'Name', 'visits', 'date', 'file_no', '__proto__', 'a b', 'ä.b', ''),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
)
const { record } = fc.letrec<{ value: unknown; record: Record<string, unknown> }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string({ maxLength: 3 })),
    fc.array(tie('value'), { maxLength: 3, depthIdentifier: 'value' }),
    tie('record'),
  ),
  record: fc.dictionary(names, tie('value'), { maxKeys: 5, depthIdentifier: 'value' }),
}))
const records = fc.array(record, { minLength: 1, maxLength: 6 })

/** Undefined for a refused sample: no record has a readable field, or a name is not valid text. */
function inferred(sample: readonly unknown[]): InferredShape | undefined {
  try {
    return inferShape(sample)
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

test('the inferred shape accepts every record and contains every field', t => {
  let shapes = 0
  const property = fc.property(records, sample => {
    const parsed = sample.map(one => JSON.parse(JSON.stringify(one)) as unknown)
    const shape = inferred(parsed)?.record
    if (shape === undefined) return
    shapes++
    for (const one of parsed) {
      t.is(shapeFault(one, JSON.stringify(one), shape), undefined)
      const watch = new UnknownFieldWatch(shape)
      watch.add(one, 1, 1)
      t.deepEqual(watch.found(), [])
    }
  })
  fc.assert(property, { numRuns: 2000 })
  t.true(shapes > 500, 'most samples have a shape')
})

test('DuckDB reads every record of such a sample', async t => {
  const reader = await testReader(t)
  const property = fc.asyncProperty(records, fc.constantFrom('direct', 'normalised'), async (sample, how) => {
    const shape = inferred(sample.map(one => JSON.parse(JSON.stringify(one)) as unknown))?.record
    if (shape === undefined) return
    const input = json({ files: ['any.json'], record: shape })
    const { rows, rejected } = await reader.read(input, [sample.map(one => JSON.stringify(one)).join('\n')], how)
    t.deepEqual([rows.length, rejected.length], [sample.length, 0], JSON.stringify(sample))
    const single = Object.keys(shape.fields).filter(name => shape.fields[name]?.kind === 'scalar')
    for (const [index, one] of sample.entries()) {
      for (const name of single) t.is(rows[index]?.[name] ?? null, textOf(one[name]), JSON.stringify(sample))
    }
  })
  await fc.assert(property, { numRuns: 60 })
})

/** As a relation holds it. */
const textOf = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value)

test('a shape has lists, objects and single values; a field whose kind changes is ignored by name and reported', t => {
  const sample = [
    { id: 1, visits: [{ code: 'a', at: null }], contact: { phone: '1' }, mixed: 1, empty: {} },
    { id: '2', visits: [{ code: ['a'], drugs: [] }], mixed: { a: 1 }, added: true },
  ]
  t.deepEqual(inferShape(sample), {
    record: object(
      {
        id: scalar,
        visits: list(object({ at: scalar, drugs: list(scalar) }, ['code'])),
        contact: object({ phone: scalar }),
        added: scalar,
      },
      ['mixed', 'empty'],
    ),
    unread: ['visits[].code (1 list, 1 single value)', 'mixed (1 object, 1 single value)', 'empty'],
  })
})

test('an object whose names are data is a map', t => {
  const readings = Object.fromEntries(Array.from({ length: 40 }, (_, day) => [`d${day}`, 71]))
  const sample = [
    { id: 1, readings },
    { id: 2, readings: { x: 1 } },
    { id: 3, readings: { y: 1 } },
  ]
  t.deepEqual(inferShape(sample).record, object({ id: scalar, readings: map }))
})

test('ids and dates as names are a map, or refused if they contain more than single values', t => {
  const pulses = { id: 1, pulse: { '2023-05-01': 71, '2023-05-02': 64 } }
  t.deepEqual(inferShape([pulses]).record, object({ id: scalar, pulse: map }))
  const fields = { icd10: 'E11.9', spo2: 98, icd10_date: '2023-05-01' }
  t.deepEqual(Object.keys(inferShape([fields]).record.fields), Object.keys(fields))

  const message = (sample: readonly unknown[]): string =>
    t.throws(() => inferShape(sample), { instanceOf: UsageError }).message
  const patients = { 'P-A-001': { age: 54 }, 'P-A-002': { age: 61 } }
  t.regex(message([patients]), /in the records, found 2 names that look like data/)
  t.regex(message([{ day: 'x', ward: { beds: [{ at: 1, patients }] } }]), /in ward\.beds\[\]\.patients, found 2 names/)
  t.regex(message([{ '123456': 1 }]), /1 name that looks/)
  t.notRegex(message([patients]), /P-A/)
})

test('names that differ in their digits are a map, or refused if they contain objects or lists', t => {
  const message = (...sample: readonly unknown[]): string => {
    const { message: words } = t.throws(() => inferShape(sample), { instanceOf: UsageError })
    t.notRegex(words, /P-?\d|[AB]\d\d/)
    return words
  }
  const person = { age: 54 }
  t.regex(message({ P12: person, P13: { age: 61 } }), /in the records, found 2 names that look like data/)
  t.regex(message({ id: 1, beds: { P12: [person], P13: [], at: 'x' } }), /in beds, found 3 names/)
  t.regex(message({ P12: person }, { P47: person }), /found 2 names/)
  t.regex(message({ A12: { age: 54, sex: 'F' }, B47: { sex: 'M', age: 61 } }), /found 2 names/)
  t.regex(message({ 'P-01': person, 'P-02': person }), /found 2 names/)
  t.regex(message(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`P${index + 1}`, person]))), /12 names/)
  t.regex(message({ P12: 54, P13: 61 }), /found 2 names/)
  t.deepEqual(inferShape([{ id: 1, age: { P12: 54, P13: 61 } }]).record, object({ id: scalar, age: map }))
})

test('ids of one digit whose objects have the same fields are data, however many there are', t => {
  const ids = (stem: string, fields: object, first = 0): object =>
    Object.fromEntries([0, 1, 2, 3].map(number => [`${stem}${first + number}`, fields]))
  const person = { age: 50, sex: 'F' }
  const samples = [
    ids('P', person),
    ids('P', person, 1),
    ids('p', { pulse: 71 }),
    ids('X-', { pulse: 71, at: '08:00' }),
    ids('patient_', { pulse: 71 }),
    ids('PT', { pulse: 71 }),
    ids('unit', { mrn: '7', pulse: 71 }),
    { ...ids('P', person), ward: 'A' },
    { P1: { age: 50 }, P2: { age: 50, sex: 'F' }, P3: { age: 51 } },
    ids('P', [person]),
  ]
  for (const sample of samples) {
    for (const record of [sample, { inner: sample }]) {
      const { message } = t.throws(() => inferShape([record]), { instanceOf: UsageError }, JSON.stringify(record))
      t.regex(message, /names that look like data/)
      t.notRegex(message, /\d_|P\d|p\d|patient|PT|unit/)
    }
  }
  t.throws(() => inferShape([{ P0: person }, { P1: person }]), { instanceOf: UsageError })
})

test('numbered fields and the words of medicine are fields', t => {
  const both = { value: 1, unit: 'x' }
  const records = [
    { systolic: both, diastolic: both },
    { bp1: both, bp2: both, bp3: both },
    { diag_0: [1], diag_1: [2] },
    { visit1_vitals: both, visit2_vitals: both },
    { spo2: both, fio2: both, etco2: both },
    { icd9: [{ code: 'a' }], icd10: [{ code: 'b' }] },
    { T3: both, T4: both, tsh: both },
    { id: 'P-1', name: 'A', day7: both, day14: both },
    { id: 'P-1', t0: 1, t30: 2, t60: 3 },
    { address1: 'x', address2: 'y', line1: 1, line2: 2, code1: 'a', code2: 'b', code3: 'c' },
    { p1: 1, p2: 2, p3: 3 },
    { P0: 54, P1: 61 },
    { Q1: both, Q2: both, Q3: both },
    { V1: both, V2: both },
    { d0: both, d1: both },
    { contact1: { name: 'A', phone: '1' }, contact2: { name: 'B', phone: '2' } },
    { p1: { value: 1 }, p2: { text: 'x' } },
    Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`I10_DX${index + 1}`, 'x'])),
  ]
  for (const record of records) {
    for (const sample of [record, { inner: record }]) {
      const { unread, record: shape } = inferShape([sample])
      t.deepEqual(unread, [])
      const inner = sample === record ? shape : shape.fields['inner']
      t.deepEqual(inner?.kind === 'object' ? Object.keys(inner.fields) : inner, Object.keys(record))
    }
  }
})

test('records that are not objects are refused, and no message contains a value', t => {
  const message = (sample: readonly unknown[]): string =>
    t.throws(() => inferShape(sample), { instanceOf: UsageError }).message
  t.regex(message([{ id: 1 }, 'P-1']), /1 of 2 records that is not/)
  t.regex(message([{}]), /none that Caseload can read/)
  t.regex(message([{ id: 1, 'P\0': 1 }]), /NUL/)
  t.notRegex(message([{ id: 1 }, 'P-1']), /P-1/)
})
