import test from 'ava'
import { previewMigration } from '../../../pipelines/ledger/migrate.ts'
import { openAsOwner } from '../../../pipelines/embedded/target.ts'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { createDatabase, rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { callMain } from '../../helpers/in-process.ts'
import { sampleData } from '../../helpers/samples.ts'
import { loginUrl, owners, rolesOf, testPrefix } from './roles.ts'

/** A command in this process: one at a time. */
const call = (url: string, ...words: readonly string[]): Promise<Ended> =>
  callMain(words, { DATABASE_URL: url, CASELOAD_LANDING: sampleData, CASELOAD_QUIET: 'true' })

const server = process.env['CASELOAD_TEST_URL'] ?? ''
const all = ['audit', 'care', 'clinical', 'loader', 'operator', 'owner', 'quality']

test.serial('databases of one cluster make the same roles at once, and keep them when one of them goes', async t => {
  const prefix = testPrefix(t, server)
  const databases = await Promise.all([1, 2, 3, 4].map(() => createDatabase('empty')))
  t.teardown(() => Promise.all(databases.map(one => one.drop())))
  // A session each on one more: the processes meet at the roles, not at the lock of a database.
  const done = await Promise.all(
    [...databases, ...databases.slice(0, 1)].map(({ url }) => caseload(['migrate', '--roles', prefix], { url })),
  )
  t.deepEqual(
    done.map(one => one.code),
    [0, 0, 0, 0, 0],
    done.map(one => one.stderr).join(''),
  )
  for (const { url } of databases) {
    t.deepEqual(await rolesOf(url, prefix), all)
    t.deepEqual(await owners(url), [`${prefix}_owner`])
    t.regex((await caseload(['migrate'], { url })).stdout, /nothing was missing/)
  }
  const [first] = databases
  await first?.drop()
  t.deepEqual(await rolesOf(databases[1]?.url ?? '', prefix), all)
})

test.serial(
  'a database with batches, versions, months, marts and a queue moves in one call, after a dry run that changes nothing',
  async t => {
    const prefix = testPrefix(t, server)
    const { url } = await testDatabase(t)
    const works = async (...words: readonly string[]): Promise<string> => {
      const done = await call(url, ...words)
      t.is(done.code, 0, `${words.join(' ')}: ${done.stderr}`)
      return done.stdout
    }
    await works('run', 'source_a', '20230501')
    await works('run', 'source_a', '20230501')
    await works('run', 'source_a', '20230502')
    await works('compact', 'source_a', '--before', '2023-06-01')
    await works('marts', 'rebuild')
    await works('migrate', '--no-roles')
    await rowsOf(url, `create role ${prefix}_bi login; grant usage on schema clinical, mart to ${prefix}_bi`)
    await rowsOf(url, `grant select on all tables in schema clinical, mart to ${prefix}_bi`)
    const before = await owners(url)
    const preview = await works('migrate', '--dry-run', '--roles', prefix)
    t.regex(preview, /7 roles .*\n {2}\d+ objects given to \w+_owner\n {2}\d+ statements of grants/)
    t.deepEqual(await owners(url), before)
    t.deepEqual(await rolesOf(url, prefix), [])

    t.regex(await works('migrate', '--roles', prefix), /7 roles .* objects given to/)
    t.deepEqual(await owners(url), [`${prefix}_owner`])
    t.regex(await works('migrate', '--dry-run'), /^Nothing would change/)
    // Everything that is made, moved or replaced from now on has the same owner and the same grants.
    await works('run', 'source_a', '20230502')
    await works('rollback', 'source_a', '20230502')
    await works('unpublish', 'source_a', '20230502', '--reason', 'test')
    await works('run', 'biometrics', '20230501')
    await works('compact', 'source_a', '--before', '2023-06-01')
    await rowsOf(url, 'drop view mart.current_visits cascade; drop view clinical.missing_batches cascade')
    await works('views')
    await works('marts', 'drop', '--yes')
    await works('marts', 'rebuild')
    t.deepEqual(await owners(url), [`${prefix}_owner`])
    const session = await openAsOwner(url, 'caseload test')
    try {
      const { access } = await previewMigration(session, undefined)
      t.deepEqual([access?.owners, access?.grants], [[], []])
    } finally {
      await session.end()
    }
    // A login of a user reads what it read before.
    await withSession(url, async bi => {
      await bi.query(`set role ${prefix}_bi`)
      t.is((await bi.query('select from clinical.current_patients limit 1')).rowCount, 1)
      await t.throwsAsync(bi.query('select from store.patients'), { message: /permission denied/ })
    })
  },
)

test.serial('a login of each reading role reads what is for it, and nothing else', async t => {
  const prefix = testPrefix(t, server)
  const { url } = await testDatabase(t)
  t.is((await call(url, 'migrate', '--roles', prefix)).code, 0)
  t.is((await call(url, 'run', 'source_a', '20230501')).code, 0)
  t.is((await call(url, 'marts', 'rebuild')).code, 0)
  const reads: Readonly<Record<string, readonly string[]>> = {
    operator: [
      'store.patients',
      'clinical.current_patients',
      'mart.current_patients',
      'caseload.runs',
      'caseload.quarantine',
    ],
    clinical: [
      'clinical.current_patients',
      'clinical.data_quality_summary',
      'clinical.missing_batches',
      'mart.current_patients',
      'mart.freshness',
    ],
    quality: [
      'caseload.runs',
      'caseload.files',
      'caseload.published',
      'caseload.quarantine',
      'caseload.checks',
      'clinical.data_quality_summary',
      'clinical.missing_batches',
    ],
    audit: ['caseload.runs', 'caseload.checks', 'caseload.files', 'caseload.pins', 'caseload.published'],
  }
  const everything = [...new Set(Object.values(reads).flat()), 'caseload.mart_holders', 'caseload.quarantine_rows']
  for (const [role, readable] of Object.entries(reads)) {
    const login = await loginUrl(url, prefix, { name: `${role}_login`, of: role })
    await withSession(login, async session => {
      for (const one of role === 'operator' ? readable : everything) {
        const asked = session.query(`select from ${one} limit 1`)
        if (readable.includes(one)) await t.notThrowsAsync(asked, `${role} ${one}`)
        else await t.throwsAsync(asked, { message: /permission denied/ }, `${role} ${one}`)
      }
      await t.throwsAsync(session.query('create table clinical.own (id integer)'), { message: /permission denied/ })
      await t.throwsAsync(session.query('create function caseload.own() returns int language sql as $$select 1$$'), {
        message: /permission denied/,
      })
    })
  }
})

test.serial(
  'without the right to make roles, migrate says what it left out, and the script makes up for it',
  async t => {
    const prefix = testPrefix(t, server)
    const { url } = await testDatabase(t, 'empty')
    const etl = await loginUrl(url, prefix, { name: 'etl' })
    await rowsOf(
      url,
      `do $$ begin execute format('grant create on database %I to ${prefix}_etl', current_database()); end $$`,
    )
    const first = await call(etl, 'migrate', '--roles', prefix)
    t.is(first.code, 0, first.stderr)
    t.regex(first.stderr, /may not create roles; \w+_etl owns everything, as before\. .*caseload grants --sql\n$/)
    t.is((await call(etl, 'run', 'source_a', '20230501')).code, 0)
    t.deepEqual(await owners(url), [`${prefix}_etl`])
    t.notRegex((await call(etl, 'migrate', '--no-roles')).stderr, /roles/)

    const script = await call(etl, 'grants', '--sql', '--roles', prefix)
    t.is(script.code, 0, script.stderr)
    await rowsOf(url, script.stdout)
    t.deepEqual(await owners(url), [`${prefix}_owner`])
    for (const words of [['migrate'], ['run', 'source_a', '20230502'], ['rollback', 'source_a', '20230502'], ['gc']]) {
      const done = await call(etl, ...words)
      // A first version cannot be rolled back.
      t.is(done.code, words[0] === 'rollback' ? 2 : 0, `${words.join(' ')}: ${done.stderr}`)
    }
    t.deepEqual(await owners(url), [`${prefix}_owner`])
    t.regex((await call(etl, 'grants', '--sql')).stdout, /^-- Nothing is missing/)
  },
)

test.serial(
  'a migration that ended while objects moved to the owner is completed by the next, and no run minds',
  async t => {
    const prefix = testPrefix(t, server)
    const { url } = await testDatabase(t)
    t.is((await call(url, 'migrate', '--roles', prefix)).code, 0)
    // The ledger's schema is the last object that moves, and the owner gets a grant on it first.
    await rowsOf(url, `alter schema caseload owner to current_user; grant all on schema caseload to ${prefix}_owner`)
    const run = await call(url, 'run', 'source_a', '20230501')
    t.is(run.code, 0, run.stderr)
    const again = await call(url, 'migrate')
    t.is(again.code, 0, again.stderr)
    t.deepEqual(await owners(url), [`${prefix}_owner`])
  },
)

test.serial('a login that may create roles and owns the database needs no superuser', async t => {
  const prefix = testPrefix(t, server)
  const { url } = await testDatabase(t, 'empty')
  const admin = await loginUrl(url, prefix, { name: 'admin', attributes: 'createrole' })
  await rowsOf(
    url,
    `do $$ begin execute format('alter database %I owner to ${prefix}_admin', current_database()); end $$`,
  )
  t.teardown(() =>
    rowsOf(
      url,
      `do $$ begin execute format('alter database %I owner to %I', current_database(), current_user); end $$`,
    ),
  )
  const done = await call(admin, 'migrate', '--roles', prefix)
  t.is(done.code, 0, done.stderr)
  t.is(done.stderr, '')
  t.deepEqual(await owners(url), [`${prefix}_owner`])
  const ran = await call(admin, 'run', 'source_a', '20230501')
  t.is(ran.code, 0, ran.stderr)
  t.regex((await call(admin, 'migrate')).stdout, /nothing was missing/)
})

test.serial('a second installation is told of roles that are not its own, and a prefix cannot change', async t => {
  const prefix = testPrefix(t, server)
  const [one, other] = [await testDatabase(t, 'empty'), await testDatabase(t, 'empty')]
  t.is((await call(one.url, 'migrate', '--roles', prefix)).code, 0)
  const changed = await call(one.url, 'migrate', '--roles', `${prefix}b`)
  t.is(changed.code, 2)
  t.regex(changed.stderr, /Expected the prefix \w+, which the roles of this database have/)
  const stranger = await loginUrl(other.url, prefix, { name: 'stranger' })
  await rowsOf(
    other.url,
    `do $$ begin execute format('grant create on database %I to ${prefix}_stranger', current_database()); end $$`,
  )
  const told = await call(stranger, 'migrate', '--roles', prefix)
  t.is(told.code, 0, told.stderr)
  t.regex(told.stderr, /_owner exists, and \w+_stranger may not act as it/)
  t.deepEqual(await owners(other.url), [`${prefix}_stranger`])
  const wrong = await call(other.url, 'migrate', '--roles', 'pg_x')
  t.is(wrong.code, 2)
})
