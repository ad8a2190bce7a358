import { basename } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import type { SchemaElement } from 'hyparquet'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { csv } from '../../pipelines/source/inputs.ts'
import { bigEndian, writtenParquet, type WrittenColumn } from './parquet-written.ts'
import { type Reader, testReader } from './read-files.ts'

const input = csv({ files: ['*.csv'], columns: ['x'], ignored: ['other'] })
const runs = { numRuns: 40 }

async function textsOf({ read }: Reader, column: Omit<WrittenColumn, 'name'>): Promise<readonly unknown[]> {
  const { rows } = await read(input, [writtenParquet([{ name: 'x', ...column }])])
  return rows.map(row => row['x'])
}

const decimal = (precision: number, scale: number): Partial<SchemaElement> => ({
  converted_type: 'DECIMAL',
  precision,
  scale,
  logical_type: { type: 'DECIMAL', precision, scale },
})
const time = (
  type: 'TIME' | 'TIMESTAMP',
  isAdjustedToUTC: boolean,
  unit: 'MICROS' | 'NANOS',
): Partial<SchemaElement> => ({
  logical_type: { type, isAdjustedToUTC, unit },
})

function plainDecimal(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const sign = unscaled < 0n ? '-' : ''
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

test('law: a decimal is loaded digit by digit, whatever it is stored in', async t => {
  const reader = await testReader(t)
  const any = fc.integer({ min: 1, max: 38 }).chain(precision =>
    fc.record({
      precision: fc.constant(precision),
      scale: fc.integer({ min: 0, max: precision }),
      spare: fc.nat(6),
      fixed: fc.boolean(),
      values: fc.array(fc.bigInt({ min: 1n - 10n ** BigInt(precision), max: 10n ** BigInt(precision) - 1n }), {
        minLength: 1,
        maxLength: 5,
      }),
    }),
  )
  await fc.assert(
    fc.asyncProperty(any, async ({ precision, scale, spare, fixed, values }) => {
      const length = Math.ceil((precision * Math.log2(10) + 1) / 8) + spare
      const found = await textsOf(reader, {
        values: values.map(value => bigEndian(value, length)),
        physical: fixed ? { type: 'FIXED_LEN_BYTE_ARRAY', type_length: length } : { type: 'BYTE_ARRAY' },
        logical: decimal(precision, scale),
      })
      t.deepEqual(
        found,
        values.map(value => plainDecimal(value, scale)),
      )
    }),
    runs,
  )
})

test('a decimal of more than 38 digits is refused by column and type, unless nothing reads it', async t => {
  const reader = await testReader(t)
  for (const [precision, scale] of [
    [39, 0],
    [50, 2],
    [76, 38],
  ] as const) {
    for (const physical of [{ type: 'FIXED_LEN_BYTE_ARRAY', type_length: 32 }, { type: 'BYTE_ARRAY' }] as const) {
      const column = {
        values: [bigEndian(100n, 32), bigEndian(-550n, 32)],
        physical,
        logical: decimal(precision, scale),
      }
      const error = await t.throwsAsync(textsOf(reader, column), { instanceOf: RefusedError })
      t.regex(error.message, new RegExp(`in x of .*found decimals of ${precision} digits`))
      const ids = { name: 'x', values: [1n, 2n], physical: { type: 'INT64' } } as const
      const { rows } = await reader.read(input, [writtenParquet([{ name: 'other', ...column }, ids])])
      t.deepEqual(
        rows.map(row => row['x']),
        ['1', '2'],
      )
    }
  }
})

/** As ISO 8601 has a count of nanoseconds since 1970, decimals only where there are any. */
function moment(nanoseconds: bigint): string {
  const seconds = (nanoseconds - BigInt.asUintN(64, ((nanoseconds % 10n ** 9n) + 10n ** 9n) % 10n ** 9n)) / 10n ** 9n
  const rest = String(nanoseconds - seconds * 10n ** 9n).padStart(9, '0')
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${`.${rest}`.replace(/\.?0+$/, '')}`
}

test('law: no nanosecond is cut, before 1970 or after, in UTC or not', async t => {
  const reader = await testReader(t)
  const any = fc.bigInt({ min: -(10n ** 18n), max: 2n * 10n ** 18n })
  const some = fc.array(
    fc.oneof(
      any,
      any.map(one => one - (one % 1000n)),
    ),
    { minLength: 1, maxLength: 5 },
  )
  await fc.assert(
    fc.asyncProperty(some, fc.boolean(), async (values, utc) => {
      const all = [...values, -1n, 0n, 10n ** 9n]
      const column = { values: all, physical: { type: 'INT64' }, logical: time('TIMESTAMP', utc, 'NANOS') } as const
      t.deepEqual(
        await textsOf(reader, column),
        all.map(value => moment(value) + (utc ? 'Z' : '')),
      )
      const inDay = all.map(value => BigInt.asUintN(63, value) % 86_400_000_000_000n)
      const times = { values: inDay, physical: { type: 'INT64' }, logical: time('TIME', false, 'NANOS') } as const
      t.deepEqual(
        await textsOf(reader, times),
        inDay.map(value => moment(value).slice(11)),
      )
    }),
    runs,
  )
})

test('columns of nanoseconds stand beside others, and the delivered file stays as it is', async t => {
  const reader = await testReader(t)
  const columns: readonly WrittenColumn[] = [
    { name: 'other', values: [1n, 2n], physical: { type: 'INT64' }, logical: time('TIMESTAMP', true, 'MICROS') },
    { name: 'x', values: [123_456_789n, null], physical: { type: 'INT64' }, logical: time('TIMESTAMP', true, 'NANOS') },
  ]
  const { rows } = await reader.read(input, [writtenParquet(columns), 'x\n2023-05-01\n'])
  t.deepEqual(
    rows.map(row => row['x']),
    ['1970-01-01T00:00:00.123456789Z', null, '2023-05-01'],
  )
  t.deepEqual(
    reader.copies().map(path => basename(path)),
    ['caseload-1.parquet'],
  )
})

test('INT96 moments load where they are on whole microseconds, and are refused where DuckDB would cut them', async t => {
  const reader = await testReader(t)
  const int96 = (nanosecondsOfDay: bigint, julianDay: number): Buffer => {
    const bytes = Buffer.alloc(12)
    bytes.writeBigUInt64LE(nanosecondsOfDay, 0)
    bytes.writeInt32LE(julianDay, 8)
    return bytes
  }
  const column = (values: readonly unknown[]): Omit<WrittenColumn, 'name'> => ({
    values,
    physical: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 12 },
    logical: { type: 'INT96' },
  })
  const noon = int96(43_200_123_456_000n, 2_460_067)
  t.deepEqual(await textsOf(reader, column([noon, null])), ['2023-05-02T12:00:00.123456', null])
  const cut = column([noon, int96(86_399_999_999_999n, 2_440_587)])
  const error = await t.throwsAsync(textsOf(reader, cut), { instanceOf: RefusedError })
  t.regex(error.message, /in x of .*found INT96 times/)
})

test('law: a floating-point number is its shortest text, a whole one without a point', async t => {
  const reader = await testReader(t)
  const doubles = fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger()), {
    minLength: 1,
  })
  await fc.assert(
    fc.asyncProperty(doubles, async values => {
      const found = (await textsOf(reader, { values, physical: { type: 'DOUBLE' } })).map(String)
      t.deepEqual(
        found.map(Number),
        values.map(value => (value === 0 ? 0 : value)),
      )
      for (const text of found) t.notRegex(text, /\.0$/)
    }),
    runs,
  )
  const whole = [0, 7, 1e15, 9007199254740992, -1e14, 1e16]
  const texts = ['0', '7', '1000000000000000', '9007199254740992', '-100000000000000', '1e+16']
  t.deepEqual(await textsOf(reader, { values: whole, physical: { type: 'DOUBLE' } }), texts)
})

test('unsigned numbers of 64 bits, identifiers and JSON texts are what was delivered', async t => {
  const reader = await testReader(t)
  const unsigned = { physical: { type: 'INT64' }, logical: { converted_type: 'UINT_64' } } as const
  t.deepEqual(await textsOf(reader, { values: [-1n, 1n], ...unsigned }), ['18446744073709551615', '1'])
  const json = { physical: { type: 'BYTE_ARRAY' }, logical: { converted_type: 'JSON' } } as const
  t.deepEqual(await textsOf(reader, { values: [Buffer.from('{"a": 1.50}'), null], ...json }), ['{"a": 1.50}', null])
})
