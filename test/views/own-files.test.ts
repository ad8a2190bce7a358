import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { setCurrentProject } from '../../pipelines/contract/current-project.ts'
import { makeReady } from '../../pipelines/ledger/ensure-schema.ts'
import { listViews } from '../../pipelines/ledger/list-views.ts'
import { createViews } from '../../pipelines/ledger/views.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'

/** Enters a project whose folder views/ holds these files. */
function enterWith(t: ExecutionContext, files: Readonly<Record<string, string>>): void {
  const root = mkdtempSync(join(tmpdir(), 'caseload-project-'))
  t.teardown(() => {
    setCurrentProject(undefined)
    rmSync(root, { recursive: true })
  })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, 'views', name)), { recursive: true })
    writeFileSync(join(root, 'views', name), text)
  }
  const at = (name: string): string => join(root, name)
  const paths = { sources: at('sources'), tables: at('tables'), views: at('views'), checks: at('checks') }
  setCurrentProject({ root, ...paths, declared: new Map() })
}

const view = (name: string, text = 'select 1 as x'): string => `create or replace view clinical.${name} as ${text}`

const refused: readonly (readonly [what: string, files: Readonly<Record<string, string>>, said: RegExp])[] = [
  [
    'a second statement',
    { 'two.sql': `${view('two')}; create table store.zz as select 1 as a` },
    /^views\/two\.sql must be one statement that begins .*; it holds 2 statements\.$/,
  ],
  [
    'a second statement of a model',
    { 'models/my_model.sql': `${view('my_model')}; drop table store.patients` },
    /^views\/models\/my_model\.sql must be one statement .*; it holds 2 statements\.$/,
  ],
  ['nothing', { 'none.sql': '-- to do' }, /^views\/none\.sql must be one statement/],
  [
    'a dash',
    { 'my-view.sql': view('my_view') },
    /^views\/my-view\.sql is not named after a view: expected .*Rename it/,
  ],
  ['capitals', { 'models/Mine.sql': view('mine') }, /^views\/models\/Mine\.sql is not named after a view/],
  ['another ending', { 'mine.SQL': view('mine') }, /^views\/mine\.SQL is not named after a view/],
  ['a long name', { [`${'a'.repeat(64)}.sql`]: view('a'.repeat(64)) }, /is not named after a view.*63/],
  [
    'a view and a model of one name',
    { 'mine.sql': view('mine'), 'models/mine.sql': view('mine') },
    /^views\/mine\.sql and views\/models\/mine\.sql make one view/,
  ],
  [
    "a shipped model's name",
    { 'models/readmission_risk.sql': view('readmission_risk') },
    /^views\/models\/readmission_risk\.sql: a view of that name is shipped/,
  ],
  [
    'a circle',
    { 'a.sql': view('a', 'select x from CLINICAL.b'), 'b.sql': view('b', 'select x from clinical . "a"') },
    /^Views read each other in a circle: a > b > a\./,
  ],
]

for (const [what, files, said] of refused) {
  test.serial(`a file of the project that makes no view is refused by its name: ${what}`, t => {
    enterWith(t, { 'README.md': 'Ours.', ...files })
    const { message } = t.throws(() => listViews(), { instanceOf: UsageError })
    t.regex(message, said)
  })
}

test.serial(
  'a run makes nothing of a file with two statements; semicolon and comments at its end are none',
  async t => {
    const { url } = await testDatabase(t, 'empty')
    await withSession(url, async session => {
      enterWith(t, { 'two.sql': `${view('two')}; create table store.zz as select 1 as a` })
      t.regex((await makeReady(session))[0] ?? '', /^views\/two\.sql must be one statement/)
      await t.throwsAsync(createViews(session), { instanceOf: UsageError })
      t.deepEqual(await rowsOf(url, `select to_regclass('store.zz') as zz, to_regclass('clinical.two') as two`), [
        { zz: null, two: null },
      ])
      enterWith(t, { 'two.sql': `/* Two; */\n${view('two', `select ';' as x`)} ; -- done; really\n` })
      t.deepEqual(await makeReady(session), [])
      t.deepEqual(await rowsOf(url, 'select x from clinical.two'), [{ x: ';' }])
      enterWith(t, { 'two.sql': `\uFEFF${view('two', `select 'mark' as x`)}\r\n` })
      await createViews(session)
      t.deepEqual(await rowsOf(url, 'select x from clinical.two'), [{ x: 'mark' }])
    })
  },
)

test.serial('the server itself takes no second statement of a view, and no value that a view cannot hold', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const two = { name: 'two', sql: `${view('two')}; create table store.zz as select 1 as a` }
    await t.throwsAsync(createViews(session, [two]), {
      instanceOf: UsageError,
      message: /^views\/two\.sql is not a valid view .*cannot insert multiple commands.*42601/,
    })
    const cast = {
      name: 'cast',
      file: 'views/models/cast.sql',
      sql: view('cast', `select 'Zzyzx-Canary'::integer as a`),
    }
    const { message } = await t.throwsAsync(createViews(session, [cast]), { instanceOf: UsageError })
    t.is(message, 'views/models/cast.sql is not a valid view of this database: SQLSTATE 22P02.')
    t.deepEqual(await rowsOf(url, `select to_regclass('store.zz') as zz, to_regclass('clinical.two') as two`), [
      { zz: null, two: null },
    ])
  })
})
