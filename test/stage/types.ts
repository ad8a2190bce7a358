import fc from 'fast-check'
import { quoteConstant } from '../../pipelines/platform/sql.ts'

/** A type that makes the round trip, and how a value of it is written, read back and compared. */
export interface TripType {
  readonly name: string
  readonly duckdb: string
  readonly postgres: string
  /** Values as the test's own text; null is added by the test. */
  readonly values: fc.Arbitrary<string>
  /** The value as a DuckDB expression. */
  literal(value: string): string
  /** A Postgres expression over a column, giving text. */
  read(column: string): string
  /** True if what Postgres gave is the value. */
  same(value: string, got: string): boolean
}

const identical = (value: string, got: string): boolean => value === got

function plain(name: string, duckdb: string, postgres: string, values: fc.Arbitrary<string>): TripType {
  return {
    name,
    duckdb,
    postgres,
    values,
    literal: value => `${quoteConstant(value)}::${duckdb}`,
    read: column => `${column}::text`,
    same: identical,
  }
}

/** Whole numbers, the two ends often among them. */
function whole(min: bigint, max: bigint): fc.Arbitrary<string> {
  const ends = fc.constantFrom(min, max, min + 1n, max - 1n, 0n, 1n, max / 2n)
  return fc.oneof(fc.bigInt({ min, max }), ends).map(String)
}

function integer(name: string, bits: number, isSigned: boolean, postgres: string): TripType {
  const min = isSigned ? -(2n ** BigInt(bits - 1)) : 0n
  return plain(name.toLowerCase(), name, postgres, whole(min, min + 2n ** BigInt(bits) - 1n))
}

function decimal(precision: number, scale: number): TripType {
  const largest = 10n ** BigInt(precision) - 1n
  const sizes = Array.from({ length: precision }, (_, digits) => 10n ** BigInt(digits))
  const trailing = fc.tuple(fc.constantFrom(...sizes), fc.bigInt({ min: -9n, max: 9n })).map(([size, by]) => size * by)
  const border = fc.constantFrom(
    2n ** 53n,
    2n ** 53n - 1n,
    2n ** 53n + 1n,
    2n ** 64n,
    2n ** 96n,
    -(2n ** 53n),
    -(2n ** 63n),
  )
  const unscaled = fc
    .oneof(
      fc.bigInt({ min: -largest, max: largest }),
      trailing,
      border,
      fc.constantFrom(0n, largest, -largest, 1n, -1n),
    )
    .map(value => (value > largest || value < -largest ? largest : value))
  const type = `DECIMAL(${precision},${scale})`
  return plain(
    `decimal_${precision}_${scale}`,
    type,
    'numeric',
    unscaled.map(value => point(value, scale)),
  )
}

function point(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const cut = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, cut)}${scale === 0 ? '' : `.${digits.slice(cut)}`}`
}

function floating(
  name: string,
  postgres: string,
  values: fc.Arbitrary<number>,
  round: (value: number) => number,
): TripType {
  const special = fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 5e-324, -5e-324, 1.401298464324817e-45, 0.1, 1e-7)
  return {
    ...plain(name.toLowerCase(), name, postgres, fc.oneof(values, special.map(round)).map(textOf)),
    same: (value, got) => Object.is(round(Number(value)), round(Number(got))),
  }
}

/** String(-0) is '0'. */
function textOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** A time type: values are numbers of `unit` since 1970, or DuckDB's infinities. */
function time(
  name: string,
  postgres: string,
  make: string,
  secondsPerUnit: string,
  values: fc.Arbitrary<bigint>,
): TripType {
  const infinite = fc.constantFrom('Infinity', '-Infinity')
  return {
    ...plain(
      name.toLowerCase().replaceAll(' ', '_'),
      name,
      postgres,
      fc.oneof({ weight: 9, arbitrary: values.map(String) }, infinite),
    ),
    literal: value => (value.endsWith('Infinity') ? `'${value}'::${name}` : `${make}(${value})::${name}`),
    read: column => `trim_scale(extract(epoch from ${column}) / ${secondsPerUnit})::text`,
  }
}

function between(min: bigint, max: bigint): fc.Arbitrary<bigint> {
  const year2000 = 946_684_800_000_000n
  const near = fc.constantFrom(
    min,
    max,
    0n,
    -1n,
    1n,
    10_957n,
    10_956n,
    year2000,
    year2000 - 1n,
    year2000 + 1n,
    2n ** 32n,
    -(2n ** 32n),
  )
  return fc.oneof(fc.bigInt({ min, max }), near).map(value => (value < min || value > max ? 0n : value))
}

/** Texts around the 12 bytes that DuckDB keeps inline, with characters of 1 to 4 bytes across the border, and long ones. */
const texts = fc.oneof(
  fc.constantFrom('', 'a', ' ', '\t\n\\N\\.', "'", '"'),
  fc
    .tuple(fc.integer({ min: 8, max: 13 }), fc.constantFrom('', 'é', '€', '😀', 'é😀'))
    .map(([size, end]) => 'x'.repeat(size) + end),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map(text => text.replaceAll('\0', '')),
  fc
    .tuple(fc.integer({ min: 65_530, max: 70_000 }), fc.constantFrom('é', '😀', 'z'))
    .map(([size, end]) => 'long '.repeat(size / 5) + end),
)

/** Every type that the engine's batches hold; decimals in every width that DuckDB stores them in. */
export const tripTypes: readonly TripType[] = [
  plain('varchar', 'VARCHAR', 'text', texts),
  plain('boolean', 'BOOLEAN', 'boolean', fc.constantFrom('true', 'false')),
  integer('TINYINT', 8, true, 'smallint'),
  integer('SMALLINT', 16, true, 'smallint'),
  integer('INTEGER', 32, true, 'integer'),
  integer('BIGINT', 64, true, 'bigint'),
  integer('UTINYINT', 8, false, 'smallint'),
  integer('USMALLINT', 16, false, 'integer'),
  integer('UINTEGER', 32, false, 'bigint'),
  floating('FLOAT', 'real', fc.float(), Math.fround),
  floating('DOUBLE', 'double precision', fc.double(), value => value),
  time('DATE', 'date', 'make_date', '86400', between(-2_440_588n, 2_145_042_905n)),
  time('TIMESTAMP', 'timestamp', 'make_timestamp', '0.000001', between(-210_866_803_200_000_000n, 2n ** 63n - 2n)),
  time(
    'TIMESTAMP WITH TIME ZONE',
    'timestamptz',
    'make_timestamptz',
    '0.000001',
    between(-210_866_803_200_000_000n, 2n ** 63n - 2n),
  ),
  ...[
    [1, 0],
    [4, 0],
    [4, 4],
    [5, 2],
    [9, 0],
    [9, 3],
    [9, 9],
    [18, 0],
    [18, 6],
    [18, 12],
    [18, 13],
    [18, 18],
    [19, 2],
    [38, 0],
    [38, 10],
    [38, 37],
    [38, 38],
  ].map(([precision = 1, scale = 0]) => decimal(precision, scale)),
]
