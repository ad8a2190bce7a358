import test, { type ExecutionContext } from 'ava'
import { migrate } from '../../../pipelines/ledger/migrate.ts'
import type { Session } from '../../../pipelines/platform/postgres.ts'
import { readSql } from '../../../pipelines/platform/sql.ts'
import { openAsOwner } from '../../../pipelines/embedded/target.ts'
import { createViews } from '../../../pipelines/ledger/views.ts'
import { caseload } from '../../helpers/cli.ts'
import { memberUrl, rowsOf, testDatabase } from '../../helpers/database.ts'

const schemas = ['store', 'clinical', 'caseload', 'caseload_stage', 'caseload_kept']

/** Everything that is there besides the system's own: each object with its columns or its source. */
async function contents(url: string): Promise<readonly unknown[]> {
  return rowsOf(
    url,
    `select n.nspname, n.nspacl::text, c.relname, c.relkind, a.attname, a.atttypid, pg_get_viewdef(c.oid) as body
       from pg_namespace as n
       left join pg_class as c on c.relnamespace = n.oid
       left join pg_attribute as a on a.attrelid = c.oid
       where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     union all
     select n.nspname, p.proacl::text, p.proname, 'F', null, p.prorettype, p.prosrc
       from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace and n.nspname !~ '^pg_'
     order by 1, 3, 5, 7`,
  )
}

test('a table of another application in a schema of our name stops every command before anything is changed', async t => {
  const { url } = await testDatabase(t, 'empty')
  await rowsOf(
    url,
    `create schema store; create table store.patients (source text, batch_date date, patient_id text, name text)`,
  )
  const before = await contents(url)
  const day = ['source_a', '2023-05-01']
  const calls = [['run', ...day], ['views'], ['gc'], ['status']]
  for (const call of calls) {
    const refused = await caseload(call, { url })
    t.is(refused.code, 2, `${call.join(' ')}: ${refused.stderr}`)
    t.regex(refused.stderr, /^caseload: Expected schema store to be absent or empty, .* table store\.patients\. .*\n$/)
  }
  const told = await caseload(['doctor', '--json'], { url })
  t.regex(
    told.stdout,
    /"check": "database",\s+"level": "error",\s+"found": "Expected schema store to be absent or empty/,
  )
  t.deepEqual(await contents(url), before)
})

test('so does anything else in any of the schemas, but not an empty schema', async t => {
  const { url } = await testDatabase(t, 'empty')
  const others: readonly (readonly [string, RegExp])[] = [
    ['create view clinical.current_patients as select 1 as one', /view clinical\.current_patients/],
    ['create table clinical.appointments (id int)', /table clinical\.appointments/],
    [`create function caseload.publish(text) returns text language sql as 'select $1'`, /function caseload\.publish/],
    ['create sequence caseload_stage.numbers', /sequence caseload_stage\.numbers/],
    [`create type store.visits as enum ('a')`, /type store\.visits/],
    ['create domain caseload_kept.code as text', /type caseload_kept\.code/],
    ['create table caseload.schema_state (id int)', /table caseload\.schema_state/],
    ['create materialized view store.visits as select 1 as one', /materialized view store\.visits/],
  ]
  for (const [statement, found] of others) {
    await rowsOf(url, schemas.map(name => `create schema ${name}`).join(';'))
    await rowsOf(url, statement)
    const before = await contents(url)
    await t.throwsAsync(withMigration(url), { name: 'UsageError', message: found }, statement)
    t.deepEqual(await contents(url), before)
    await rowsOf(url, schemas.map(name => `drop schema ${name} cascade`).join(';'))
  }
  await rowsOf(url, schemas.map(name => `create schema ${name}`).join(';'))
  await t.notThrowsAsync(withMigration(url))
})

async function withMigration(url: string): Promise<void> {
  await withOwner(url, async session => {
    await migrate(session)
    await createViews(session)
  })
}

async function withOwner(url: string, work: (session: Session) => Promise<void>): Promise<void> {
  const session = await openAsOwner(url, 'caseload test')
  try {
    await work(session)
  } finally {
    await session.end()
  }
}

/** A login without any right in a database. */
async function login(t: ExecutionContext, url: string): Promise<{ readonly url: string; readonly name: string }> {
  const group = `caseload_test_group_${Math.random().toString(36).slice(2, 10)}`
  await rowsOf(url, `create role ${group}`)
  t.teardown(() => rowsOf(url, `drop role ${group}`))
  const member = await memberUrl(t, url, group)
  const { username, searchParams } = new URL(member)
  return { url: member, name: username === '' ? (searchParams.get('user') ?? '') : username }
}

test('a login that may make no schema is told in the words of doctor, and works in schemas that were made for it', async t => {
  const { url } = await testDatabase(t, 'empty')
  const etl = await login(t, url)
  const refused = await caseload(['run', 'source_a', '20230501'], { url: etl.url })
  t.is(refused.code, 2)
  t.regex(
    refused.stderr,
    /^caseload: \w+ may not create the schemas caseload, .*: as the owner of the database: grant create on database "\w+" to "\w+"\.\n$/,
  )
  const told = await caseload(['doctor', '--json'], { url: etl.url })
  t.regex(told.stdout, /may not create the schemas caseload, /)
  t.teardown(() => rowsOf(url, `drop owned by ${etl.name} cascade`).catch(() => undefined))
  await rowsOf(
    url,
    schemas.map(name => `create schema ${name}; grant usage on schema ${name} to ${etl.name}`).join(';'),
  )
  await t.throwsAsync(withMigration(etl.url), { name: 'UsageError', message: /may not work in / })
  await rowsOf(url, schemas.map(name => `grant create on schema ${name} to ${etl.name}`).join(';'))
  await t.notThrowsAsync(withMigration(etl.url))
  const done = await caseload(['run', 'source_a', '20230501'], { url: etl.url })
  t.is(done.code, 0, done.stderr)
  const asked = await caseload(['sql', '--csv', 'select count(*) > 0 as n from patients'], { url: etl.url })
  t.is(asked.stdout, 'n\ntrue\n', asked.stderr)
  t.is(asked.stderr, '')
})

test('in a database of ours, a view or table that Caseload has not made is neither replaced nor altered', async t => {
  const { url } = await testDatabase(t)
  await rowsOf(url, `create view clinical.own as select patient_id from clinical.current_patients`)
  await rowsOf(url, `create table caseload_stage.patients_ward_20230501_0b9df1f2 (id int)`)
  await rowsOf(
    url,
    `drop view clinical.readmission_summary; create view clinical.readmission_summary as select 1 as one`,
  )
  await rowsOf(url, `delete from caseload.made where object_name in ('readmission_summary', 'users')`)
  await rowsOf(url, `drop table store.users cascade; create table store.users (user_id text)`)
  const before = await contents(url)
  for (const call of [['views'], ['run', 'source_a', '20230501']]) {
    const refused = await caseload(call, { url })
    t.is(refused.code, 2, refused.stderr)
    t.regex(refused.stderr, /Caseload has not made: view clinical\.readmission_summary\. Nothing was changed\./)
  }
  await rowsOf(url, `update caseload.schema_state set fingerprint = ''`)
  const refused = await caseload(['migrate'], { url })
  t.is(refused.code, 2, refused.stderr)
  t.regex(refused.stderr, /Caseload has not made: table store\.users\. Nothing was changed\./)
  t.deepEqual(await contents(url), before)

  await rowsOf(url, 'drop table store.users cascade; drop view clinical.readmission_summary')
  t.is((await caseload(['views'], { url })).code, 0)
  const kept = await caseload(['gc'], { url })
  t.is(kept.code, 0, kept.stderr)
  t.regex(kept.stdout, /patients_ward_20230501_0b9df1f2/)
  t.is((await rowsOf(url, 'select * from clinical.own')).length, 0)
  t.is((await rowsOf(url, 'select * from caseload_stage.patients_ward_20230501_0b9df1f2')).length, 0)
})

test('a database with an older ledger counts as ours, but not a table in it that is none of our form', async t => {
  const { url } = await testDatabase(t)
  // As the ledger is extended where it does not know yet what is ours.
  const adopted = `drop table caseload.made; ${readSql('sql/migrations/0009_made.sql')} update caseload.schema_state set fingerprint = ''`
  await rowsOf(url, adopted)
  await t.notThrowsAsync(withMigration(url))
  await rowsOf(url, 'drop table store.users cascade; create table store.users (user_id text)')
  await rowsOf(url, adopted)
  const before = await contents(url)
  await t.throwsAsync(withMigration(url), { name: 'UsageError', message: /table store\.users/ })
  t.deepEqual(await contents(url), before)
})

test('a function of another role in the schema of the ledger is never called in the place of ours', async t => {
  const { url } = await testDatabase(t)
  const other = await login(t, url)
  await rowsOf(url, `grant usage, create on schema caseload to ${other.name}`)
  t.teardown(() => rowsOf(url, `drop owned by ${other.name} cascade`).catch(() => undefined))
  await rowsOf(other.url, `create function caseload.drop_leaves(text) returns integer language sql as 'select 1 / 0'`)
  const refused = await caseload(['run', 'source_a', '20230501'], { url })
  t.is(refused.code, 2, refused.stderr)
  t.regex(refused.stderr, /functions of another role: caseload\.drop_leaves\(text\) of caseload_test_member_/)
})
