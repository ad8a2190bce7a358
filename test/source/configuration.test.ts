import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { listSettings } from '../../pipelines/operate/settings/list-settings.ts'
import { passwordInUrl, withoutPassword } from '../../pipelines/platform/database-url.ts'
import { findProject } from '../../pipelines/platform/find-project.ts'
import { readConfiguration } from '../../pipelines/source/project-configuration.ts'
import { applyConfiguration } from '../../pipelines/source/resolve-settings.ts'
import { readSettings } from '../../pipelines/source/settings.ts'
import { caseload } from '../helpers/cli.ts'
import { testProject } from '../helpers/project.ts'

const url = 'postgresql://etl@db.example.org:5432/clinic'

test('a variable goes before the file of the project, and the file before the default', t => {
  const project = testProject(t)
  const { root } = project
  project.write(
    'caseload.json',
    JSON.stringify({ landing: 'in', database: url, defaults: { retries: 2, maxBadRows: 10 } }),
  )
  project.write('inner/file', '')
  const env: NodeJS.ProcessEnv = { CASELOAD_RETRIES: '4', CASELOAD_KEEP: '' }
  const cwd = join(root, 'inner')
  const listed = new Map(
    listSettings({ env, cwd, flags: new Map([['defaults.quiet', { flag: '--quiet', value: 'true' }]]) }).map(one => [
      one.setting,
      [one.value, one.from],
    ]),
  )
  t.deepEqual(listed.get('landing'), [join(root, 'in'), 'caseload.json'])
  t.deepEqual(listed.get('database'), [url, 'caseload.json'])
  t.deepEqual(listed.get('defaults.retries'), ['4', 'CASELOAD_RETRIES'])
  t.deepEqual(listed.get('defaults.maxBadRows'), ['10', 'caseload.json'])
  t.deepEqual(listed.get('defaults.keep'), ['1', 'default'])
  t.deepEqual(listed.get('defaults.quiet'), ['true', '--quiet'])
  applyConfiguration(env, cwd)
  t.like(env, { CASELOAD_RETRIES: '4', CASELOAD_MAX_BAD_ROWS: '10', DATABASE_URL: url, CASELOAD_KEEP: '' })
  t.is(readSettings({}, env, cwd).landing, join(root, 'in'))
  t.is(readSettings({ landing: 'flag' }, env, cwd).landing, join(cwd, 'flag'), 'a flag goes first')
})

test('the variables of any database go before that of the project, and embedded before all of them', t => {
  const project = testProject(t)
  const { root } = project
  project.write('caseload.json', JSON.stringify({ database: url }))
  const applied = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
    applyConfiguration(env, root)
    return env
  }
  t.is(applied({ DATABASE_URL: 'postgresql://h/other' })['DATABASE_URL'], 'postgresql://h/other')
  t.deepEqual(applied({ PGHOST: 'h' }), { PGHOST: 'h' })
  t.deepEqual(applied({ PGUSER: 'u' }), { PGUSER: 'u', DATABASE_URL: url })
  t.deepEqual(applied({ DATABASE_URL: 'embedded', PGHOST: 'h', PGUSER: 'u' }), {})
  project.write('secret', `postgresql://u:p@h/db\n`)
  t.deepEqual(applied({ DATABASE_URL_FILE: join(root, 'secret') }), { DATABASE_URL: 'postgresql://u:p@h/db' })
})

test('what is wrong in the file is named by file and key; a password in it is refused and not printed', t => {
  const project = testProject(t)
  const { root } = project
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{ landin: 'x' }, /^caseload\.json of the project: unknown option landin \(did you mean landing\?\)/],
    [{ defaults: { retrys: 1 } }, /: defaults: unknown option retrys \(did you mean retries\?\)/],
    [{ defaults: { retries: '1' } }, /: defaults\.retries: expected a whole number from 0 to 20, found '1'/],
    [{ defaults: { maxBadRows: '5 %' } }, /: defaults\.maxBadRows: /],
    [{ database: 'mysql://h/db' }, /: database: it is not a PostgreSQL URL/],
    ...['etl:geheim@h', ':geheim@h', 'etl:ge/heim@h', 'etl:1#geheim@h'].map(
      place => [{ database: `postgresql://${place}/db` }, /: database: it holds a password/] as const,
    ),
    [{ database: 'postgresql://h/db?password=geheim' }, /: database: it holds a password/],
    [{ database: 'postgresql://h/db?sslpassword=geheim' }, /: database: it holds a password/],
  ]
  for (const [found, expected] of wrong) {
    project.write('caseload.json', JSON.stringify(found))
    const { message } = t.throws(() => readConfiguration(root), { name: 'UsageError' })
    t.regex(message, expected)
    t.notRegex(message, /geheim/)
  }
  writeFileSync(join(root, 'caseload.json'), '{"landing":\n"a" "postgresql://u:geheim@h"}')
  const { message } = t.throws(() => readConfiguration(root), { name: 'UsageError' })
  t.regex(message, /^Expected JSON in .*caseload\.json/)
  t.notRegex(message, /geheim/)
  project.write('caseload.json', '{}')
  project.configure({ landing: 'x' })
  t.throws(() => readConfiguration(root), { name: 'UsageError', message: /Move all of it to caseload\.json/ })
})

test('a URL is shown without its password, and not at all if it may be split elsewhere', t => {
  t.is(
    withoutPassword('postgresql://u:geheim@h:5432/db?sslmode=require&sslpassword=geheim'),
    'postgresql://u@h:5432/db?sslmode=require',
  )
  for (const text of [
    'postgresql://u:12#geheim@h/db',
    'postgresql://u:12?geheim@h/db',
    'postgresql://u:12/geheim@h/db',
    'x',
  ]) {
    t.is(withoutPassword(text), 'a URL that cannot be read')
  }
  t.false(passwordInUrl('postgresql://etl@[::1]:5432/db?sslmode=require'))
})

test('a folder with caseload.json is a project, and config prints its settings', async t => {
  const project = testProject(t)
  const { root } = project
  project.write('deep/er/caseload.json', '{"landing":"in"}')
  const cwd = join(root, 'deep/er')
  t.is(findProject({}, cwd)?.root, cwd)
  const shown = await caseload(['config', '--json'], { cwd, env: { DATABASE_URL: 'postgresql://u:geheim@h/db' } })
  t.is(shown.code, 0, shown.stderr)
  t.notRegex(shown.stdout, /geheim/)
  const settings = JSON.parse(shown.stdout) as readonly { readonly setting: string }[]
  t.deepEqual(
    settings.find(one => one.setting === 'database'),
    { setting: 'database', value: 'postgresql://u@h/db', from: 'DATABASE_URL' } as never,
  )
  project.write('deep/er/caseload.json', '{"landin":"in"}')
  const failed = await caseload(['ls'], { cwd })
  t.is(failed.code, 2)
  t.regex(failed.stderr, /caseload\.json of the project: unknown option landin/)
})
