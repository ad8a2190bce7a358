import fc from 'fast-check'
import type { Column } from '../../pipelines/contract/column.ts'
import {
  bigint,
  boolean,
  code,
  date,
  decimal,
  email,
  id,
  integer,
  oneOf,
  recordStatus,
  text,
  timestamp,
} from '../../pipelines/contract/columns.ts'
import { columnsOf, type Contract, type ContractColumn } from '../../pipelines/contract/contract.ts'

export const info = { phi: 'none', description: 'A column of the test.' } as const

export const builders: Readonly<Record<string, Column>> = {
  text: text(info),
  shortText: text({ ...info, maxLength: 3 }),
  id: id(info),
  device: text({ ...info, maxLength: 255, identifies: true }),
  icd: code({ ...info, pattern: '[A-TV-Z][0-9]{2}(?:[.][0-9A-Z]{1,4})?' }),
  notX: code({ ...info, pattern: '[^x]+' }),
  email: email(info),
  oneOf: oneOf(['male', "it's", ''], info),
  recordStatus: recordStatus(),
  integer: integer(info),
  age: integer(info, { min: 0, max: 150 }),
  bigint: bigint(info),
  count: bigint(info, { min: -1 }),
  boolean: boolean(info),
  decimal: decimal(18, 6, info),
  whole: decimal(38, 0, info, { max: 7 }),
  position: integer(info, { min: 0 }),
  precise: decimal(38, 30, info),
  dose: decimal(38, 30, info, { min: -2, max: 5 }),
  date: date(info),
  anyDate: date(info, {}),
  timestamp: timestamp(info),
  anyTimestamp: timestamp(info, {}),
}

export const contract: Contract = { table: 'any', grain: '', key: [], references: [], shape: builders }
export const columns = columnsOf(contract)

/** The rule that zod says a text broke. */
export function zodVerdict(name: string, value: string | null): string | undefined {
  const issue = builders[name]?.safeParse(value).error?.issues[0]
  if (issue === undefined) return undefined
  if (issue.code === 'invalid_type') return 'required'
  if (issue.code === 'invalid_format') return 'pattern'
  return issue.code === 'custom' ? String(issue.params?.['rule']) : `zod's ${issue.code}`
}

export const abs = (value: bigint): bigint => (value < 0n ? -value : value)
export const shown = (value: string | null): string => JSON.stringify(value).slice(0, 60)

export const mebi = 1_048_576
export const edges: readonly (string | null)[] = [
  ...[null, '', ' ', '1', '0', '-0', '-1', '+5', '1.5', '0x1F', '1_000', ' 12 ', '12\n', '\n', '1e5', '1e400', '-'],
  ...['infinity', '-infinity', 'inf', 'NaN', 'null', 'NULL', 'true', 'TRUE', 't', 'false', '1.', '.5', '1.50', '00'],
  ...[
    '1e-05',
    '1.036e+04',
    '1E3',
    '12e-1',
    '1.5e0',
    '15e-1',
    '1.0',
    '1.000',
    '3e9',
    '-3e9',
    '9e18',
    '1e19',
    '1e12',
    '1e11',
  ],
  ...[
    '5e-7',
    '1e-6',
    '0e400',
    '-0.0',
    '1e400',
    '1e1000',
    '0.0000001e7',
    '1.e5',
    '.1e5',
    'e5',
    '1e',
    '1e+',
    '1ee5',
    '1e5.0',
  ],
  ...[
    '9.223372036854775807e18',
    '9223372036854775807.0',
    '922337203685477580.8e1',
    '2147483647.0',
    '2.147483648e9',
    '1.5000000',
  ],
  ...[
    `0.${'0'.repeat(37)}1e38`,
    '100000000000000000000e-10',
    '00000000000000000000000000000000000000001',
    'nan',
    'Infinity',
  ],
  ...['007', '150', '151', '-2', '2147483647', '2147483648', '-2147483648', '-2147483649', '9999999999', '0000000005'],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809', '9007199254740993'],
  ...['999999999999.999999', '1234567890123', '0.1234567', '-999999999999.999999', '5.000000000000000000000000000001'],
  ...[
    '-2.000000000000000000000000000001',
    '5.000000000000000000000000000000',
    '7',
    '8',
    '9'.repeat(38),
    '9'.repeat(39),
  ],
  ...['٣', '１２', '²', 'Ⅷ', '2023-05-01', '2023-02-29', '2024-02-29', '1900-02-29', '2000-02-29', '2023-04-31'],
  ...['2023-13-01', '2023-00-01', '2023-01-00', '2023-01-32', '2023-1-1', '20230501', '01/05/2023', '0000-01-01'],
  ...['0000-02-29', '0001-01-01', '1753-01-01', '1849-12-31', '1850-01-01', '2299-12-31', '2300-01-01', '9999-12-31'],
  ...[
    'epoch',
    'today',
    'now',
    '2023-05-01 (BC)',
    '2023-05-01T24:00:00',
    '24:00:00',
    '2023-05-01T10:00',
    '2023-05-01 10:00',
  ],
  ...[
    '2023-05-01T10:00Z',
    '2023-05-01T10:00z',
    '2023-05-01t10:00',
    '2023-05-01T10:00:60',
    '2023-05-01T10:00:59.999999',
  ],
  ...['2023-05-01T10:00:00.1234567', '2023-05-01T10:00+02:00', '2023-05-01T10:00:00-11:30', '2023-05-01T10:00:00+0200'],
  ...['2023-05-01T10:00:00+23:59', '2023-05-01T10:00:00-23:59', '2023-05-01T10:00:00+24:00', '2023-05-01  10:00'],
  ...['2023-02-29T10:00+02:00', '0000-01-01T00:00:00+23:59', '9999-12-31T23:59:59.999999-23:59', '2299-12-31T23:59:59'],
  ...['1849-12-31T23:59-05:00', '2023-05-01T10:00:00 Europe/Amsterdam', '2023-03-26T02:30', '2023-10-29T02:30'],
  ...[
    '\0',
    'a\0',
    '2023-05-01\0',
    '5\0',
    '😀😀😀',
    '😀😀😀😀',
    'éé',
    'e\u0301e\u0301',
    'x',
    'E11.9',
    'e11',
    'a\nb',
    'ax',
  ],
  ...[
    'M\u200b1',
    '\u2003M1 ',
    '\u3000',
    'M\u00a01',
    'E\u03011',
    ' '.repeat(300),
    'e\u0301'.repeat(255),
    'e\u0301'.repeat(256),
  ],
  ...['x'.repeat(255) + ' ', '\u{1d158}'.repeat(128), 'a\0\u200b', '\u1c89', 'a\u0085b', '\u0344'.repeat(128)],
  ...['😀'.repeat(255), '😀'.repeat(256), 'x'.repeat(255), 'x'.repeat(256), 'a'.repeat(mebi), 'a'.repeat(mebi + 1)],
  ...['😀'.repeat(mebi), '😀'.repeat(mebi) + 'a', 'male', 'Male', 'male ', "it's", 'active', 'entered_in_error'],
  ...[
    'a@b.nl',
    'a@b',
    '.a@b.nl',
    'a.@b.nl',
    'a..b@c.nl',
    "o'b@c.nl",
    "o'@c.nl",
    'a@-b.nl',
    'a@b.n',
    'ä@b.nl',
    'a@b.nl\n',
  ],
]

/** Numbers in scientific notation, near the edges of the types: their zeros, their sign and their last digit. */
export const scientific = fc
  .record({
    sign: fc.constantFrom('', '', '-'),
    zeros: fc.constantFrom('', '', '0', '000'),
    digits: fc.bigInt({ min: 0n, max: 10n ** 38n }).chain(most => fc.bigInt({ min: 0n, max: most })),
    point: fc.nat(40),
    exponent: fc.integer({ min: -45, max: 45 }),
    mark: fc.constantFrom('e', 'E', 'e+', 'E+0', 'e0'),
    plain: fc.nat(3),
  })
  .map(({ sign, zeros, digits, point, exponent, mark, plain }) => {
    const all = zeros + String(digits)
    const at = Math.max(1, Math.min(point, all.length))
    const decimals = all.slice(at)
    const number = `${sign}${all.slice(0, at)}${decimals === '' ? '' : `.${decimals}`}`
    if (plain === 0) return number
    return exponent < 0 ? `${number}${mark.charAt(0)}${exponent}` : `${number}${mark}${exponent}`
  })

/** The exact value of a number's text, as a fraction of ten to the power of 100; undefined where it is none. */
export function exactly(text: string | null): bigint | undefined {
  const [, sign, whole = '', decimals = '', exponent = '0'] =
    /^(-?)([0-9]+)(?:[.]([0-9]+))?(?:[eE]([+-]?[0-9]{1,3}))?$/.exec(text ?? '') ?? []
  if (sign === undefined) return undefined
  const power = 100 + Number(exponent) - decimals.length
  return power < 0 ? undefined : BigInt(`${sign}${whole}${decimals}`) * 10n ** BigInt(power)
}

export const shortEdges = edges.filter(edge => edge !== null && edge.length < 1000).map(String)

/** Texts of the form that a column asks for, and such texts with a character too few, too many or another. */
export function textsFor(column: ContractColumn): fc.Arbitrary<string> {
  const forms = column.checks.flatMap(check =>
    check.rule === 'pattern' ? [fc.stringMatching(new RegExp(check.pattern, 'u'))] : [],
  )
  const words = column.checks.flatMap(check => (check.rule === 'one_of' ? [fc.constantFrom(...check.values)] : []))
  const odd = fc.constantFrom(
    ...Array.from('0123456789-+.:,TtZz eEx_@\0\n\r\t\u00a0\u0663\uff11é😀\u0301\u200b\ufeff\u202e\u0378\ue000'),
  )
  const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: odd, maxLength: 30 }))
  const isNumber = ['integer', 'bigint', 'decimal'].includes(column.type.kind)
  const near = fc.oneof(...forms, ...words, ...(isNumber ? [scientific] : []), any, fc.constantFrom(...shortEdges))
  const mutated = fc.tuple(near, fc.nat(), fc.nat(2), odd).map(([value, place, drop, put]) => {
    const points = Array.from(value)
    points.splice(place % (points.length + 1), drop, put)
    return points.join('')
  })
  return fc.oneof(near, mutated)
}
