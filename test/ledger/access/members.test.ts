import test from 'ava'
import { proveAccess } from '../../../pipelines/ledger/access/prove-access.ts'
import { connect } from '../../../pipelines/platform/postgres.ts'
import { openAsOwner } from '../../../pipelines/embedded/target.ts'
import type { Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { callMain } from '../../helpers/in-process.ts'
import { sampleData } from '../../helpers/samples.ts'
import { differences } from '../../marts/compare.ts'
import { loginUrl, owners, testPrefix } from './roles.ts'

const server = process.env['CASELOAD_TEST_URL'] ?? ''

/** A command in this process: one at a time. */
const call = (url: string, ...words: readonly string[]): Promise<Ended> =>
  callMain(words, { DATABASE_URL: url, CASELOAD_LANDING: sampleData, CASELOAD_QUIET: 'true' })

test.serial(
  'a member of the loader runs batches with fresh marts, an operator repairs them, and each may do no more',
  async t => {
    const prefix = testPrefix(t, server)
    const { url } = await testDatabase(t)
    t.is((await call(url, 'migrate', '--roles', prefix)).code, 0)
    t.is((await call(url, 'marts', 'rebuild')).code, 0)
    const loader = await loginUrl(url, prefix, { name: 'l_loader', of: 'loader' })
    const operator = await loginUrl(url, prefix, { name: 'l_operator', of: 'operator' })
    const steps: readonly (readonly [who: string, code: number, ...words: string[]])[] = [
      [loader, 0, 'run', 'source_a', '20230501'],
      [loader, 0, 'run', 'source_a', '20230501'],
      [loader, 0, 'run', 'source_a', '20230502'],
      [loader, 0, 'status'],
      [loader, 2, 'rollback', 'source_a', '20230501'],
      [loader, 2, 'compact', 'source_a', '--before', '2023-06-01'],
      [loader, 2, 'migrate'],
      [operator, 0, 'rollback', 'source_a', '20230501'],
      [operator, 0, 'compact', 'source_a', '--before', '2023-06-01'],
      // This day lies in a merged month by now.
      [loader, 0, 'run', 'source_a', '20230502'],
      [operator, 0, 'unpublish', 'source_a', '20230502', '--reason', 'test'],
      [operator, 0, 'dismiss', 'source_a', '20230103', '--reason', 'test'],
      [operator, 0, 'check', 'source_a', '20230501'],
      [operator, 0, 'marts', 'verify'],
      [loader, 2, 'marts', 'verify'],
      [operator, 0, 'gc', '--keep', '0'],
      [operator, 2, 'run', 'source_a', '20230501'],
    ]
    for (const [who, code, ...words] of steps) {
      const done = await call(who, ...words)
      t.is(done.code, code, `${words.join(' ')}: ${done.stderr}`)
      t.notRegex(done.stderr, /marts are behind|WARN/i, words.join(' '))
      if (who === loader && words[1] === 'verify') t.regex(done.stderr, /grant "\w+_clinical" to "\w+_l_loader"/)
      if (who === loader && words[0] === 'rollback') t.regex(done.stderr, /grant "\w+_operator" to "\w+_l_loader"/)
      t.deepEqual(await withSession(url, differences), [], words.join(' '))
    }
    t.deepEqual(await owners(url), [`${prefix}_owner`])
    const session = await openAsOwner(url, 'caseload test')
    try {
      t.deepEqual((await proveAccess(session)).findings, [])
    } finally {
      await session.end()
    }
    // What is published cannot be changed, and nothing but its own staged partition can be filled.
    const mine = await connect({ url: loader, applicationName: 'caseload test' })
    try {
      const leaf = await rowsOf(
        url,
        `select format('%I.%I', 'store', relname) as name from pg_class
       where relnamespace = 'store'::regnamespace and relkind = 'r' and relname like 'patients%' limit 1`,
      )
      const name = String(leaf[0]?.['name'])
      for (const statement of [
        `insert into ${name} (patient_id, source, batch_date) values ('x', 'source_a', '2023-05-01')`,
        `delete from ${name}`,
        `truncate ${name}`,
        `drop table ${name}`,
        `alter table store.patients_source_a detach partition ${name}`,
        `create table caseload_stage.own (id integer)`,
        `update caseload.runs set status = 'replaced'`,
        `insert into caseload.tables (run_id, table_name) select run_id, 'patients' from caseload.runs`,
        `select caseload.create_leaf('patients', 'own', 'source_a', '2023-05-01')`,
        `select caseload.drop_kept_versions('source_a', '2023-05-01', 0)`,
        `delete from caseload.quarantine_rows`,
      ])
        await t.throwsAsync(mine.query(statement), { message: /permission denied|must be owner/ }, statement)
      // An owner's function takes no other name than that of a table that Caseload has made.
      const run = await rowsOf(url, `select run_id from caseload.runs limit 1`)
      await t.throwsAsync(mine.query('select caseload.renew_statistics($1)', ['patients_source_a']), { code: 'CL006' })
      await t.throwsAsync(
        mine.query('select caseload.stage_table($1, $2, null)', [run[0]?.['run_id'], 'patients; drop']),
        {
          code: 'CL006',
        },
      )
    } finally {
      await mine.end()
    }
  },
)

test.serial('the right to insert ends when a staged partition is finished, before anybody can see it', async t => {
  const prefix = testPrefix(t, server)
  const { url } = await testDatabase(t)
  t.is((await call(url, 'migrate', '--roles', prefix)).code, 0)
  const loader = await loginUrl(url, prefix, { name: 'l_loader', of: 'loader' })
  const session = await connect({ url: loader, applicationName: 'caseload test' })
  const run = '00000000-0000-4000-8000-000000000001'
  try {
    await session.query(`select caseload.start_run($1, 'source_a', '2023-05-01', '1', 'host', 1, null, false)`, [run])
    await session.query(`select caseload.prepare_run($1, '{patients}')`, [run])
    await session.query('begin')
    const made = await session.query<{ leaf: string }>(`select caseload.stage_table($1, 'patients', null) as leaf`, [
      run,
    ])
    const leaf = made.rows[0]?.leaf ?? ''
    t.is(leaf, 'patients_source_a_20230501_00000000')
    await session.query(`insert into caseload_stage.${leaf} (patient_id) values ('P1')`)
    const counts = { candidates: 1, loaded: 1, quarantined: 0, quarantinedBy: {}, removed: {}, dropped: {}, warned: {} }
    await session.query(`select caseload.finish_table($1, 'patients', $2)`, [run, JSON.stringify(counts)])
    await session.query('savepoint finished')
    await t.throwsAsync(session.query(`insert into caseload_stage.${leaf} (patient_id) values ('P2')`), {
      message: /permission denied/,
    })
    await session.query('rollback to finished')
    await session.query('commit')
    await session.query(`select caseload.publish($1, '5s', '50ms', 1, null)`, [run])
    await t.throwsAsync(session.query(`insert into store.${leaf} (patient_id) values ('P2')`), {
      message: /permission denied/,
    })
    t.is((await session.query('select from store.patients')).rowCount, 1)
  } finally {
    await session.end()
  }
})

test.serial('a member does not migrate, and says in one line who does', async t => {
  const prefix = testPrefix(t, server)
  const { url } = await testDatabase(t)
  t.is((await call(url, 'migrate', '--roles', prefix)).code, 0)
  const loader = await loginUrl(url, prefix, { name: 'l_loader', of: 'loader' })
  await rowsOf(url, 'drop view clinical.patient_snapshots cascade')
  const warned = await callMain(['run', 'source_a', '20230501'], { DATABASE_URL: loader, CASELOAD_LANDING: sampleData })
  t.is(warned.code, 0, warned.stderr)
  t.regex(warned.stderr, /Not made: .*patient_snapshots.*as a member of \w+_owner, call caseload views/)
  await rowsOf(url, `update caseload.schema_state set fingerprint = 'of an older version'`)
  const told = await call(loader, 'run', 'source_a', '20230501')
  t.is(told.code, 2)
  t.regex(told.stderr, /l_loader may not migrate it\. To go on, as a member of \w+_owner: caseload migrate\.\n$/)
})

test('without roles, nobody but the owner may call what executes as the owner', async t => {
  const { url } = await testDatabase(t)
  const open = await rowsOf(
    url,
    `select p.oid::regprocedure::text as name from pg_proc as p
     cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl
     where p.pronamespace = 'caseload'::regnamespace and p.prosecdef and acl.grantee = 0`,
  )
  t.deepEqual(open, [])
  const loose = await rowsOf(
    url,
    `select p.oid::regprocedure::text as name from pg_proc as p
     where p.pronamespace = 'caseload'::regnamespace and p.prosecdef
       and not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)`,
  )
  t.deepEqual(loose, [])
})

test('the server names a leaf as the engine does', async t => {
  const { leafName } = await import('../../../pipelines/source/batch.ts')
  const { url } = await testDatabase(t)
  const runId = 'ab12cd34-0000-4000-8000-000000000001'
  for (const table of ['visits', 'measurements_hourly', 'a_table_of_a_project_with_a_rather_long_name_of_its_own'])
    for (const source of ['icu', 'home_monitoring__north_wing']) {
      const batch = { source, date: '2023-05-01' }
      const found = await rowsOf(url, 'select caseload.leaf_name($1, $2, $3, $4) as name', [
        table,
        source,
        batch.date,
        runId,
      ])
      t.is(found[0]?.['name'], leafName(table, batch, runId))
    }
})
