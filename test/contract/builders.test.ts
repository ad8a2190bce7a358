import test from 'ava'
import type { Column } from '../../pipelines/contract/column.ts'
import * as builders from '../../pipelines/contract/columns.ts'
import { columnsOf, type ContractShape } from '../../pipelines/contract/contract.ts'

const { bigint, boolean, code, date, decimal, email, id, integer, oneOf, recordStatus, text, timestamp } = builders
const info = { phi: 'none', description: 'A column of the test.' } as const

/** What a project's JavaScript may call: no type stands in its way. */
const loose = (make: unknown): ((...args: unknown[]) => unknown) => make as (...args: unknown[]) => unknown

const compiling = (column: unknown) => () =>
  columnsOf({ table: 'contacts', grain: '', key: [], references: [], shape: { nick: column } as ContractShape })

const wrong: readonly (readonly [what: string, column: () => unknown, message: RegExp])[] = [
  [
    'phi in capitals',
    () => loose(text)({ ...info, phi: 'Direct' }),
    /^contacts\.nick: phi must be direct, quasi or none \(did you mean direct\?\), found 'Direct'; the builder is text\(/,
  ],
  ['phi mistyped', () => loose(id)({ ...info, phi: 'nonee' }), /\(did you mean none\?\), found 'nonee'/],
  [
    'phi of another kind',
    () => loose(id)({ ...info, phi: ['direct'] }),
    /phi must be direct, quasi or none, found a list/,
  ],
  [
    'no phi',
    () => loose(text)({ description: 'd' }),
    /^contacts\.nick: phi is missing: it must be direct, quasi or none;/,
  ],
  [
    'no description',
    () => loose(boolean)({ phi: 'none' }),
    /^contacts\.nick: description is missing: it must be a text;/,
  ],
  ['a blank description', () => loose(email)({ ...info, description: ' ' }), /description must be a text, found ' '/],
  ['phi changed behind the builder', () => text(info).meta({ phi: 'Direct' }), /phi must be direct, quasi or none/],
  ['no arguments', () => loose(date)(), /info is missing: it must be \{ phi, description \}/],
  ['words for options', () => loose(text)('none', 'd'), /info must be \{ .* \}, found 'none'; .*1 argument, found 2/],
  ['null for options', () => loose(id)(null), /info must be \{ phi, description \}, found null/],
  [
    'bounds among the options',
    () => loose(integer)({ ...info, min: 100 }),
    /unknown option min; expected phi, description, unit; the builder is integer\(\{ phi, description, unit \}, \{ min, max \}\)$/,
  ],
  [
    'an option mistyped',
    () => loose(text)({ ...info, maxLenght: 5 }),
    /unknown option maxLenght \(did you mean maxLength\?\)/,
  ],
  [
    'an option of another builder',
    () => loose(id)({ ...info, maxLength: 5 }),
    /unknown option maxLength; expected phi, desc/,
  ],
  ['options behind the options', () => loose(text)(info, { maxLength: 5 }), /text takes 1 argument, found 2/],
  ['a bound mistyped', () => loose(bigint)(info, { mim: 1 }), /unknown option mim \(did you mean min\?\)/],
  ['a length of 0', () => text({ ...info, maxLength: 0 }), /maxLength must be a whole number of at least 1, found 0/],
  ['a negative length', () => text({ ...info, maxLength: -1 }), /maxLength must be .*, found -1/],
  ['half a length', () => text({ ...info, maxLength: 1.5 }), /maxLength must be .*, found 1\.5/],
  ['a length of no number', () => text({ ...info, maxLength: Number.NaN }), /maxLength must be .*, found NaN/],
  ['a length in words', () => loose(text)({ ...info, maxLength: '5' }), /maxLength must be .*, found '5'/],
  [
    'no precision',
    () => loose(decimal)(info),
    /precision must be a whole number from 1 to 38, found an object; scale is missing/,
  ],
  ['a precision of 39', () => decimal(39, 2, info), /precision must be a whole number from 1 to 38, found 39/],
  ['a precision of NaN', () => decimal(Number.NaN, 2, info), /precision must be .*, found NaN/],
  ['a negative scale', () => decimal(9, -1, info), /scale must be a whole number from 0 to 37, found -1/],
  ['a scale of all digits', () => decimal(4, 4, info), /scale must be less than precision, found 4/],
  [
    'no values',
    () => loose(oneOf)(info),
    /values must be a list of one or more texts, found an object; info is missing/,
  ],
  ['an empty list', () => loose(oneOf)([], info), /values must be a list of one or more texts, found a list/],
  ['a number for a value', () => loose(oneOf)(['a', 1], info), /values\[1\] must be a text, found 1/],
  ['NUL in a value', () => oneOf(['a\0'], info), /values\[0\] must be a text without NUL/],
  [
    'arguments swapped',
    () => loose(oneOf)(info, ['a']),
    /values must be .*; info must be \{ phi, description \}, found a list/,
  ],
  ['min above max', () => integer(info, { min: 2, max: 1 }), /max must not be below min, found 1/],
  ['a bound of no number', () => bigint(info, { min: Number.NaN }), /min must be a whole number, found NaN/],
  ['half a bound', () => integer(info, { min: 0.5 }), /min must be a whole number, found 0\.5/],
  ['an endless bound', () => decimal(18, 6, info, { max: Number.POSITIVE_INFINITY }), /max must be a whole number/],
  ['days in the wrong order', () => date(info, { min: '2020-01-02', max: '2020-01-01' }), /max must not be below min/],
  ['no day', () => timestamp(info, { min: '2023-02-30' }), /min must be a day as yyyy-mm-dd, found '2023-02-30'/],
  ['a number for a day', () => loose(date)(info, { min: 1900 }), /min must be a day as yyyy-mm-dd, found 1900/],
  ['no pattern', () => loose(code)(info), /pattern is missing: it must be .* made of literals, .*/],
  ['a pattern of JavaScript alone', () => code({ ...info, pattern: '.*' }), /pattern must be .*, found '\.\*'/],
  ['half a pattern', () => code({ ...info, pattern: '(?:a' }), /pattern must be .*, found '\(\?:a'/],
  ['options that are fixed', () => loose(recordStatus)({ phi: 'direct' }), /recordStatus takes no arguments, found 1/],
  ['a builder that was not called', () => text, /contacts\.nick is a function and not a column/],
  ['a word for a column', () => 'text', /contacts\.nick is 'text' and not a column/],
  ['no column', () => undefined, /contacts\.nick is nothing and not a column/],
]

for (const [what, column, message] of wrong) {
  test(`a column is refused: ${what}`, t => {
    t.regex(t.throws(() => compiling(column())()).message, message)
  })
}

test('a refused column is refused where it may be absent, too', t => {
  const nick = loose(text)({ ...info, phi: 'Direct' }) as Column
  t.regex(t.throws(compiling(nick.nullable())).message, /phi must be direct/)
  t.regex(t.throws(compiling(nick.describe('another'))).message, /phi must be direct/)
})

test('a tag that is put on where nobody would read it is refused', t => {
  const nick = text(info).nullable().meta({ phi: 'direct' })
  t.regex(t.throws(compiling(nick)).message, /contacts\.nick has a \.meta\(\) behind \.nullable\(\)/)
})

test('what the builders take is taken, the ends of it too', t => {
  const taken = [
    text({ ...info, maxLength: 1 }),
    code({ ...info, pattern: '[A-Z]' }),
    oneOf([''], info),
    integer(info),
    integer(info, {}),
    bigint(info, { min: 1, max: 1 }),
    decimal(38, 37, info),
    decimal(1, 0, info, { min: -1 }),
    date(info, {}),
    date(info, { min: '2024-02-29', max: '2024-02-29' }),
    timestamp(info, { max: '2299-12-31' }),
    recordStatus(),
  ]
  for (const column of taken) t.notThrows(compiling(column))
})
