import test from 'ava'
import { z } from 'zod'
import { canonical } from '../../pipelines/contract/tables/canonical.ts'
import { date, id, text } from '../../pipelines/contract/columns.ts'
import { columnsOf, type Contract, type ContractShape } from '../../pipelines/contract/contract.ts'
import { anchoredPattern } from '../../pipelines/contract/pattern.ts'
import { quoteConstant } from '../../pipelines/platform/sql.ts'
import { testEngine } from '../helpers/engine.ts'

const info = { phi: 'none', description: 'A column of the test.' } as const

const compiling = (schema: unknown) => () =>
  columnsOf({ table: 't', grain: '', key: [], references: [], shape: { c: schema } as unknown as ContractShape })

test('a column keeps what its builder declared', t => {
  const contract: Contract = {
    table: 't',
    grain: '',
    key: [],
    references: [],
    shape: { c: date({ phi: 'direct', description: 'A day.' }, { min: '1900-01-01' }).nullable() },
  }
  const [column] = columnsOf(contract)
  t.like(column, { name: 'c', nullable: true, phi: 'direct', description: 'A day.', type: { kind: 'date' } })
  t.deepEqual(
    column?.checks.map(check => check.rule),
    ['pattern', 'cast', 'range'],
  )
})

const refused: readonly (readonly [what: string, schema: unknown, message: RegExp])[] = [
  ['a refinement', id(info).refine(value => value !== 'x'), /t\.c has the check custom/],
  ['a super refinement', id(info).superRefine(() => undefined), /t\.c has the check custom/],
  ['a refinement of what may be null', id(info).nullable().refine(Boolean), /t\.c has the check custom/],
  ['a length in UTF-16 units', text(info).min(5), /t\.c has the check min_length/],
  ['a pattern', text(info).regex(/^a/u), /t\.c has the check regex/],
  ['a pattern with another flag', text(info).regex(/^a/i), /t\.c has the check regex/],
  ['a prefix', text(info).startsWith('a'), /t\.c has the check starts_with/],
  ['a change of the value', text(info).trim(), /t\.c has the check overwrite/],
  ['a check made in our way by another', text(info).check(z.check(() => undefined)), /t\.c has the check custom/],
  ['a transform', text(info).transform(Number), /t\.c is a zod pipe/],
  ['a transform of what may be null', text(info).nullable().transform(Number), /t\.c is a zod pipe/],
  ['a default', text(info).default('x'), /t\.c is a zod default/],
  ['an optional column', text(info).optional(), /t\.c is a zod optional/],
  ['null twice', text(info).nullable().nullable(), /t\.c is a zod nullable/],
  ['a plain string', z.string().meta(info), /t\.c is a plain zod string/],
  ['a coerced string', z.coerce.string().meta(info), /t\.c has coerce/],
  ["zod's own mail address", z.email().meta(info), /t\.c has .*format/],
  ['a number', z.number().meta(info), /t\.c is a zod number/],
]

for (const [what, schema, message] of refused) {
  test(`what the engine cannot express is an error at start-up: ${what}`, t => {
    t.regex(t.throws(compiling(schema)).message, message)
  })
}

test('a pattern is made of what JavaScript and RE2 read alike', t => {
  for (const body of [
    '[A-Z][0-9]{2}(?:[.][0-9A-Z]{1,4})?',
    'a|b',
    '',
    '[^x]*',
    String.raw`a\.b\/[\]\-]`,
    '😀+',
    'a{0,999}?',
  ]) {
    t.is(anchoredPattern(body), `^(?:${body})$`)
  }
  const others = [
    '.',
    String.raw`\s`,
    String.raw`\d`,
    String.raw`\bx`,
    '^a',
    'a$',
    '(a)',
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(?i)a',
  ]
  const more = [
    '(?<n>a)',
    String.raw`(?:a)\1`,
    '[[:alpha:]]',
    String.raw`\p{L}`,
    '[]',
    '[^]',
    'a{1001}',
    '[a&&b]',
    'a\0',
    '(?:a',
    'a**',
  ]
  for (const body of [...others, ...more]) t.throws(() => anchoredPattern(body), undefined, body)
})

test('every pattern of every contract compiles in DuckDB', async t => {
  const db = await testEngine(t)
  const patterns = canonical.flatMap(contract =>
    columnsOf(contract).flatMap(({ checks }) => checks.flatMap(check => ('pattern' in check ? [check.pattern] : []))),
  )
  t.true(patterns.length > 10)
  const matches = patterns.map(pattern => `regexp_full_match(raw, ${quoteConstant(pattern)})`)
  await t.notThrowsAsync(db.rows(`select ${matches.join(', ')} from (values ('x')) as texts (raw)`))
})

test('references and keys name columns that exist', t => {
  for (const contract of canonical) {
    const names = Object.keys(contract.shape)
    for (const name of contract.key) t.true(names.includes(name), `${contract.table}: key ${name}`)
    for (const reference of contract.references) {
      const parent = canonical.find(({ table }) => table === reference.table)
      t.truthy(parent, `${contract.table}: ${reference.table}`)
      for (const name of reference.columns) {
        t.true(names.includes(name), `${contract.table}.${name}`)
        t.true(Object.keys(parent?.shape ?? {}).includes(name), `${reference.table}.${name}`)
      }
    }
  }
})
