import test from 'ava'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { migrate } from '../../pipelines/ledger/migrate.ts'
import { readSql } from '../../pipelines/platform/sql.ts'
import { openAsOwner } from '../../pipelines/embedded/target.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { callMain } from '../helpers/in-process.ts'
import { sampleData } from '../helpers/samples.ts'
import { emptyCitusDatabase } from './databases.ts'

test('a database without Citus is refused, and nothing is made in it', async t => {
  const { url } = await testDatabase(t, 'empty')
  const { code, stderr } = await callMain(['migrate', '--target', 'citus'], { DATABASE_URL: url })
  t.is(code, 2)
  t.regex(stderr, /found no create_distributed_table, create_reference_table, citus_add_local_table_to_metadata\. /)
  t.deepEqual(await rowsOf(url, `select from pg_catalog.pg_namespace where nspname in ('caseload', 'store')`), [])
})

test('the target of a database never changes', async t => {
  const plain = await testDatabase(t, 'plain')
  const distributed = await testDatabase(t)
  await withSession(plain.url, async session => {
    await t.throwsAsync(migrate(session, { target: 'citus' }), {
      instanceOf: UsageError,
      message: /^This database is made for target postgres, .* caseload migrate --target citus there/,
    })
    t.deepEqual(await migrate(session, { target: 'postgres' }), { applied: [], made: [], added: [] })
  })
  await withSession(distributed.url, async session => {
    await t.throwsAsync(migrate(session, { target: 'postgres' }), { instanceOf: UsageError, message: /target citus, / })
    t.deepEqual(await migrate(session, { target: 'citus' }), { applied: [], made: [], added: [] })
    t.deepEqual(await migrate(session), { applied: [], made: [], added: [] })
  })
})

test('a ledger from before it had targets is of target postgres', async t => {
  const { url } = await testDatabase(t, 'plain')
  await withSession(url, async session => {
    await session.query('alter table caseload.schema_state drop column target')
    await session.query('update caseload.schema_state set version = 24')
    await t.throwsAsync(migrate(session, { target: 'citus' }), { instanceOf: UsageError, message: /target postgres/ })
    // Not all migrations since: they find what they make.
    await session.query(readSql('sql/migrations/0025_target.sql'))
    t.deepEqual(await rowsOf(url, 'select target from caseload.schema_state'), [{ target: 'postgres' }])
  })
})

test('roles are refused by name, and left out where nobody asks for them', async t => {
  const { url } = await emptyCitusDatabase(t)
  const call = (...args: readonly string[]): ReturnType<typeof callMain> => callMain(args, { DATABASE_URL: url })
  const made = await call('migrate', '--target', 'citus')
  t.is(made.code, 0, made.stderr)
  t.regex(made.stderr, /No roles are made on target citus: /)
  for (const args of [
    ['migrate', '--roles', 'ward'],
    ['grants', '--sql'],
    ['prove', 'access'],
    ['care', 'on'],
  ]) {
    const refused = await call(...args)
    t.is(refused.code, 2, args.join(' '))
    t.regex(refused.stderr, /No roles are made on target citus: /)
  }
})

test('a login is granted the marts alone, and no other role', async t => {
  const { url } = await testDatabase(t)
  const call = (role: string): ReturnType<typeof callMain> =>
    callMain(['grants', 'citus_reader', '--role', role], { DATABASE_URL: url })
  t.regex((await call('clinical')).stdout, /^-- Target citus: this login reads the marts, and no live view\. /)
  t.notRegex((await call('owner')).stdout, /Target citus/)
  for (const role of ['loader', 'operator', 'care', 'quality', 'audit']) {
    const refused = await call(role)
    t.is(refused.code, 2, role)
    t.regex(refused.stderr, /Expected --role owner or --role clinical on target citus, found /)
  }
})

test('each table is distributed by the first column of its key, with all its leaves, and has one level of parts', async t => {
  const { url } = await testDatabase(t)
  const { code, stderr } = await callMain(['run', 'source_a', '20230501', '--landing', sampleData], {
    DATABASE_URL: url,
  })
  t.is(code, 0, stderr)
  const tables = await rowsOf(
    url,
    `select c.relname as name
     from pg_catalog.pg_class as c
     where c.relnamespace in ('store'::regnamespace, 'caseload_kept'::regnamespace) and c.relkind in ('r', 'p')
       and not exists (
         select from pg_catalog.pg_dist_partition as d where d.logicalrelid = c.oid and d.partmethod = 'h'
       )`,
  )
  t.deepEqual(tables, [])
  t.deepEqual(
    await rowsOf(
      url,
      `select c.relname from pg_catalog.pg_class as c
       where c.relnamespace = 'store'::regnamespace and c.relkind = 'p' and c.relispartition`,
    ),
    [],
  )
  t.deepEqual(
    await rowsOf(
      url,
      `select r.relname as name, pg_get_partkeydef(r.oid) as parts, count(*)::integer as leaves
       from pg_catalog.pg_inherits as i
       join pg_catalog.pg_class as r on r.oid = i.inhparent and r.relkind = 'p' and r.relnamespace = 'store'::regnamespace
       group by r.oid, r.relname order by 1`,
    ),
    ['diagnoses', 'patients', 'treatments', 'visits'].map(name => ({
      name,
      parts: 'RANGE (source, batch_date)',
      leaves: 1,
    })),
  )
})

test('each table of the ledger that a view reads is on every machine', async t => {
  const { url } = await testDatabase(t)
  const missing = await rowsOf(
    url,
    `with recursive reads as (
       select v.oid as reader, v.oid as relation
       from pg_catalog.pg_class as v where v.relkind = 'v' and v.relnamespace = 'clinical'::regnamespace
       union
       select s.reader, d.refobjid
       from reads as s
       join pg_catalog.pg_rewrite as r on r.ev_class = s.relation
       join pg_catalog.pg_depend as d
         on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
         and d.refclassid = 'pg_catalog.pg_class'::regclass
     )
     select distinct c.relname as name
     from reads as s
     join pg_catalog.pg_class as c on c.oid = s.relation
     where c.relnamespace = 'caseload'::regnamespace and c.relkind = 'r'
       and not exists (
         select from pg_catalog.pg_dist_partition as d
         where d.logicalrelid = c.oid and d.partmethod = 'n' and d.repmodel = 't'
       )
     order by 1`,
  )
  t.deepEqual(missing, [])
})

test('a session works on the shards of a statement one after the other', async t => {
  const { url } = await testDatabase(t)
  const session = await openAsOwner(url, 'caseload test')
  try {
    const found = await session.query<{ mode: string }>(
      `select current_setting('citus.multi_shard_modify_mode') as mode`,
    )
    t.deepEqual(found.rows, [{ mode: 'sequential' }])
  } finally {
    await session.end()
  }
})
