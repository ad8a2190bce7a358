import test from 'ava'
import fc from 'fast-check'
import { castSql } from '../../pipelines/check/predicates.ts'
import { testEngine } from '../helpers/engine.ts'
import { relationOf, sqlVerdicts } from '../helpers/verdicts.ts'
import { abs, mebi, columns, edges, exactly, scientific, shown, textsFor, zodVerdict } from './verdict-cases.ts'

test('zod and SQL give one verdict: the edges', async t => {
  const db = await testEngine(t)
  await db.run(`create table edges as select * from ${relationOf(edges)}`)
  for (const column of columns) {
    const found = await sqlVerdicts(db, column, 'edges')
    const wrong = edges.filter((edge, n) => found[n] !== zodVerdict(column.name, edge))
    t.deepEqual(wrong.map(shown), [], column.name)
    t.true(found.includes(undefined), `${column.name}: one edge at least is valid`)
  }
})

for (const column of columns) {
  test(`zod and SQL give one verdict: generated texts, ${column.name}`, async t => {
    const db = await testEngine(t)
    await fc.assert(
      fc.asyncProperty(fc.array(textsFor(column), { minLength: 1, maxLength: 200, size: 'max' }), async values => {
        const found = await sqlVerdicts(db, column, relationOf(values))
        const wrong = values.filter((value, n) => found[n] !== zodVerdict(column.name, value))
        t.deepEqual(wrong.map(shown), [])
      }),
      { numRuns: 30 },
    )
  })
}

test('a number that fits is loaded as the number it is, whatever its notation, and any other breaks its column', async t => {
  const db = await testEngine(t)
  const numbers = columns.filter(({ name }) => ['integer', 'bigint', 'decimal', 'precise'].includes(name))
  const limits: Readonly<Record<string, readonly [places: number, bits: number]>> = {
    integer: [0, 32],
    bigint: [0, 64],
    decimal: [6, 0],
    precise: [30, 0],
  }
  await fc.assert(
    fc.asyncProperty(fc.array(scientific, { minLength: 50, maxLength: 200, size: 'max' }), async texts => {
      for (const column of numbers) {
        const cast = `${castSql(column.type, 'raw', 'UTC')}::varchar as value`
        const found = await db.rows(`select ${cast} from ${relationOf(texts)} order by n`)
        const verdicts = await sqlVerdicts(db, column, relationOf(texts))
        const [scale = 0, bits = 0] = limits[column.name] ?? []
        const wholeDigits = column.type.kind === 'decimal' ? column.type.precision - scale : 19
        for (const [n, given] of texts.entries()) {
          const value = exactly(given) ?? 1n
          const isKept = value % 10n ** BigInt(100 - scale) === 0n
          const isWithin =
            bits > 0
              ? BigInt.asIntN(bits, value / 10n ** 100n) === value / 10n ** 100n
              : abs(value) < 10n ** BigInt(100 + wholeDigits)
          if (isKept && isWithin) {
            t.is(verdicts[n], undefined, `${column.name} ${given}`)
            t.is(exactly(String(found[n]?.['value'])), value, `${column.name} ${given}`)
          } else t.true(['pattern', 'cast'].includes(verdicts[n] ?? ''), `${column.name} ${given}`)
        }
      }
    }),
    { numRuns: 20 },
  )
})

test('the calendar of the pattern is that of DuckDB', async t => {
  const db = await testEngine(t)
  const two = (number: number): string => String(number).padStart(2, '0')
  const years = ['0000', '0001', '0004', '0100', '0400', '1896', '1900', '2000', '2023', '2024', '2100', '2400', '9999']
  const texts = years.flatMap(year =>
    Array.from({ length: 14 * 33 }, (_, n) => `${year}-${two(Math.floor(n / 33))}-${two(n % 33)}`),
  )
  const leapDays = Array.from({ length: 10_000 }, (_, year) => `${String(year).padStart(4, '0')}-02-29`)
  const [column] = columns.filter(({ name }) => name === 'anyDate')
  if (column === undefined) throw new Error('no date')
  const found = await sqlVerdicts(db, column, relationOf([...texts, ...leapDays]))
  t.deepEqual([...new Set(found)].sort(), ['cast', undefined])
  t.is(found.filter(verdict => verdict === undefined).length, years.length * 365 + 7 + 2425)
  t.deepEqual(
    [...texts, ...leapDays].filter((value, n) => found[n] !== zodVerdict('anyDate', value)),
    [],
  )
})

test('what DuckDB casts is what zod let through, and the rule says why not', async t => {
  const db = await testEngine(t)
  const verdict = async (name: string, value: string | null): Promise<string | undefined> => {
    const column = columns.find(one => one.name === name)
    if (column === undefined) throw new Error(name)
    return (await sqlVerdicts(db, column, relationOf([value])))[0]
  }
  t.is(await verdict('id', null), 'required')
  t.is(await verdict('id', ''), 'length')
  t.is(await verdict('text', ''), undefined)
  t.is(await verdict('id', '😀'.repeat(255)), undefined)
  t.is(await verdict('id', '😀'.repeat(256)), 'length')
  t.is(await verdict('text', 'a'.repeat(mebi)), undefined)
  t.is(await verdict('text', 'a'.repeat(mebi + 1)), 'length')
  t.is(await verdict('text', 'a\0'), 'nul')
  for (const value of ['1.5', '0x1F', '1_000', ' 12 ', '+5', '1e400', '٣'])
    t.is(await verdict('integer', value), 'pattern')
  t.is(await verdict('integer', '2147483648'), 'cast')
  t.is(await verdict('age', '151'), 'range')
  t.is(await verdict('dose', '5.000000000000000000000000000001'), 'range')
  t.is(await verdict('date', '2023-02-29'), 'cast')
  t.is(await verdict('date', '9999-12-31'), 'range')
  t.is(await verdict('timestamp', '2023-05-01T24:00:00'), 'pattern')
  t.is(await verdict('timestamp', '0001-01-01T00:00:00'), 'range')
  t.is(await verdict('email', 'a..b@c.nl'), 'pattern')
})
