// eslint-disable-next-line @typescript-eslint/no-restricted-imports -- its parser is asked how many statements there are
import { DuckDBInstance } from '@duckdb/node-api'
import test from 'ava'
import fc from 'fast-check'
import { querySingleStatement } from '../../pipelines/platform/single-statement.ts'
import { errorCode } from '../../pipelines/platform/server-error.ts'
import { statementsOf, withoutComments } from '../../pipelines/platform/sql-text.ts'
import { testDatabase, withSession } from '../helpers/database.ts'

/** Each is one value to both dialects, whatever it holds. */
const values = [
  `1`,
  `'a;b'`,
  `'it''s; -- no comment'`,
  `'back\\'`,
  `e'\\'; select 2'`,
  `E'\\\\'`,
  `e'''; '`,
  `e'''\\'; '`,
  `(select 1 where'\\'<>'a;b')`,
  `$$;$$`,
  `$x$ ; $$ ; $x$`,
  `'/*'`,
  `'$$'`,
  `(select 1 as "a;b""--")`,
  `(select 1 as a$$)`,
  `-1`,
]
const gaps = [' ', '\n', '-- a; \' " $$ /*\n', '/* ; */', "/* /* ; */ ' ; */", '--\r\n', '/*;*/ -- x\r']
const gap = fc.array(fc.constantFrom(...gaps), { maxLength: 3 }).map(parts => parts.join(''))
const select = fc
  .array(fc.tuple(fc.constantFrom(...values), gap), { minLength: 1, maxLength: 4 })
  .map(parts => `select ${parts.map(([value, after]) => value + after).join(', ')}`)
const file = fc
  .array(fc.tuple(gap, fc.option(select, { nil: '', freq: 4 }), gap), { minLength: 1, maxLength: 4 })
  .map(parts => parts.map(one => one.join(' ')).join(';'))

test('law: the statements of a text are those that DuckDB finds, and each of them is one', async t => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  t.teardown(() => {
    connection.closeSync()
    instance.closeSync()
  })
  await fc.assert(
    fc.asyncProperty(file, async sql => {
      const statements = statementsOf(sql)
      // DuckDB refuses a text of no statement with an error.
      if (statements.length > 0) t.is((await connection.extractStatements(sql)).count, statements.length)
      for (const one of statements) {
        const expected = await (await connection.run(one)).getRowsJson()
        t.deepEqual(await (await connection.run(`select * from (\n${one}\n) as x`)).getRowsJson(), expected)
        t.deepEqual(await (await connection.run(withoutComments(one))).getRowsJson(), expected)
      }
    }),
    { numRuns: 300 },
  )
})

test('law: PostgreSQL takes a text as one where one statement is found, and never several', async t => {
  const { url } = await testDatabase(t, 'empty')
  await withSession(url, async session => {
    await fc.assert(
      fc.asyncProperty(file, async sql => {
        const count = statementsOf(sql).length
        const code = await querySingleStatement(session, sql).then(() => undefined, errorCode)
        t.is(code, count > 1 ? '42601' : undefined, sql)
      }),
      { numRuns: 300 },
    )
  })
})

test('a text that is not closed goes on to the end', t => {
  for (const text of [`select 'a; b`, 'select "a; b', 'select 1 /* ; /* ; */', 'select $$ ; $x$', `select e'a\\'; b`]) {
    t.deepEqual(statementsOf(text), [text])
  }
  t.is(withoutComments(`a -- b\n/* c */'-- d'`), `a  \n '-- d'`)
  t.deepEqual(statementsOf(' -- nothing\n;; '), [])
})
