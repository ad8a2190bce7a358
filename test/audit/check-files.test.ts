import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { projectChecks, sourceChecks } from '../../pipelines/audit/check-file.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { setCurrentProject } from '../../pipelines/contract/current-project.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'
import { check, ownCheck, resultOf, stage } from './batches.ts'

const head = '-- table: patients\n-- severity: warn\n'

/** A project, or the folder of a source, that holds these files. */
function folderWith(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const { root } = testLanding(t)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

function enter(t: ExecutionContext, root: string): void {
  t.teardown(() => {
    setCurrentProject(undefined)
  })
  const at = (name: string): string => join(root, name)
  const paths = { sources: at('sources'), tables: at('tables'), views: at('views'), checks: at('sql/checks') }
  setCurrentProject({ root, ...paths, declared: new Map() })
}

const refused: readonly (readonly [file: string, text: string, said: RegExp])[] = [
  ['patients.sql', head, /^sql\/checks\/patients\.sql would never run: .*sql\/checks\/<table>\/\. Move it there/],
  ['patients/old/x.sql', head, /^sql\/checks\/patients\/old\/x\.sql would never run/],
  ['nowhere/x.sql', `${head}select 1`, /^sql\/checks\/nowhere\/x\.sql checks nowhere, which is not a table/],
  ['patients/My-Check.sql', `${head}select 1`, /^sql\/checks\/patients\/My-Check\.sql: a check is named/],
  ['patients/x.SQL', `${head}select 1`, /^sql\/checks\/patients\/x\.SQL: a check is named/],
  ['patients/x.sql', `${head}select 1; drop table patients`, /x\.sql holds 2 statements; expected one SELECT\.$/],
  ['patients/x.sql', `${head};`, /x\.sql holds no statement; expected one SELECT\.$/],
]

test.serial('a check that an editor of Windows saved, with a byte order mark and CR LF, is a check', t => {
  enter(t, folderWith(t, { 'sql/checks/patients/x.sql': `\uFEFF-- severity: warn\r\nselect 1 as a\r\n` }))
  t.deepEqual(
    projectChecks().map(({ name, severity, sql }) => [name, severity, sql.includes('\uFEFF')]),
    [['x', 'warn', false]],
  )
})

for (const [file, text, said] of refused) {
  test.serial(
    `a check of the project that would not run is refused: ${file}, ${JSON.stringify(text.slice(head.length))}`,
    t => {
      enter(t, folderWith(t, { [`sql/checks/${file}`]: text, 'sql/checks/README.md': '' }))
      const { message } = t.throws(projectChecks, { instanceOf: UsageError })
      t.regex(message, said)
    },
  )
}

test("a check of a source's in a folder of its own is refused, and so is a second statement", t => {
  const nested = folderWith(t, { 'ward/checks/patients/x.sql': `${head}select 1` })
  t.throws(() => sourceChecks(join(nested, 'ward')), {
    instanceOf: UsageError,
    message: /^sources\/ward\/checks\/patients\/x\.sql would never run: .*"-- table: <table>"/,
  })
  const twice = folderWith(t, { 'ward/checks/x.sql': `${head}select 1 as a; select 2` })
  t.throws(() => sourceChecks(join(twice, 'ward')), { message: /^sources\/ward\/checks\/x\.sql holds 2 statements/ })
})

test('a check may end with a semicolon and comments, and is one statement to the server whatever it holds', async t => {
  const folder = folderWith(t, {
    'ward/checks/x.sql': `${head}select patient_id from patients -- all; of them\n ; /* ; */ -- done;\n`,
  })
  const [found] = sourceChecks(join(folder, 'ward'))
  t.true(found !== undefined && existsSync(folder))
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const staged = await stage(session, { patients: [{ patient_id: 'P1' }, { patient_id: 'P2' }] })
    t.is(resultOf(await check(session, staged, { sql: found === undefined ? [] : [found] }), 'x').badRows, 2)
    const escapes = `select 1 as x) as y; commit; create table public.left_over as select 1 as a; select 1 from (select 1 as x`
    await t.throwsAsync(check(session, staged, { sql: [ownCheck(escapes)] }), {
      name: 'UsageError',
      message: /own\.sql is not a query .*\(SQLSTATE 42601/,
    })
    t.deepEqual((await session.query(`select to_regclass('public.left_over') as found`)).rows, [{ found: null }])
  })
})
