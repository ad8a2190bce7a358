import test from 'ava'
import { caseload } from '../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../helpers/landing.ts'
import { sampleData } from '../helpers/samples.ts'

const stale = `update caseload.schema_state set fingerprint = 'of an older version'`

test('an empty database is migrated by four processes at once, and again', async t => {
  const { url } = await testDatabase(t, 'empty')
  const done = await Promise.all([1, 2, 3, 4].map(() => caseload(['migrate'], { url })))
  t.deepEqual(
    done.map(one => one.code),
    [0, 0, 0, 0],
    done.map(one => one.stderr).join(''),
  )
  t.is(done.filter(one => one.stdout.includes('0002_ledger')).length, 1)
  t.regex((await caseload(['migrate'], { url })).stdout, /nothing was missing/)
})

test('a new nullable column reaches parents, leaves and kept versions, and a run works after it', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Avery Sample')]))
  const run = ['run', 'source_a', '20230501', '--landing', landing.root]
  for (let times = 0; times < 2; times++) t.is((await caseload(run, { url })).code, 0)
  // As an older version left it: a column fewer, everywhere.
  await withSession(url, async session => {
    await session.query('drop schema clinical cascade; create schema clinical')
    await session.query('alter table store.patients drop column phone')
    const kept = await session.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'caseload_kept'::regnamespace and relname like 'patients%' and relkind = 'r'`,
    )
    t.is(kept.rows.length, 1)
    await session.query(`alter table caseload_kept."${kept.rows[0]?.name ?? ''}" drop column phone`)
    await session.query(stale)
  })
  const migrated = await caseload(['migrate'], { url })
  t.is(migrated.code, 0, migrated.stderr)
  t.regex(migrated.stdout, /column patients\.phone/)
  const holders = await rowsOf(
    url,
    `select n.nspname as schema, count(*) as n
     from pg_attribute as a join pg_class as c on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace
     where a.attname = 'phone' and c.relname like 'patients%' and c.relkind in ('r', 'p') and not a.attisdropped
     group by 1 order by 1`,
  )
  t.deepEqual(holders, [
    { schema: 'caseload_kept', n: 1 },
    { schema: 'store', n: 3 },
  ])
  const again = await caseload(run, { url })
  t.is(again.code, 0, again.stderr)
})

test('a changed type and a column without a contract are refused with the way out, and nothing is touched', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, session => session.query('alter table store.devices alter column name type varchar(20)'))
  await withSession(url, session => session.query(stale))
  const type = await caseload(['migrate'], { url })
  t.is(type.code, 2)
  t.regex(type.stderr, /store\.devices\.name is character varying\(20\) .* text/)
  await withSession(url, session => session.query('alter table store.devices alter column name type text'))
  await withSession(url, session => session.query('alter table store.users add column shoe_size integer'))
  const dropped = await caseload(['migrate'], { url })
  t.is(dropped.code, 2)
  t.regex(dropped.stderr, /alter table store\."users" drop column "shoe_size"/)
  t.is((await rowsOf(url, 'select shoe_size from store.users')).length, 0)
})

test('a ledger newer than the code is refused with exit 2 by every command that would write', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, session => session.query('update caseload.schema_state set version = 9999'))
  for (const args of [['migrate'], ['views'], ['run', 'source_a', '20230501'], ['status'], ['runs']]) {
    const refused = await caseload(args, { url })
    t.is(refused.code, 2, args.join(' '))
    t.regex(refused.stderr, /version 9999/)
  }
})

test('a command that only reads migrates nothing: an older ledger is refused with exit 2, other functions are accepted', async t => {
  const { url } = await testDatabase(t)
  const calls = [
    ['status'],
    ['runs'],
    ['plan', 'source_a'],
    ['quarantine', 'ls'],
    ['quarantine', 'summary'],
    ['quarantine', 'show', '1'],
    ['check', 'source_a', '20230501'],
    ['gc', '--dry-run'],
  ]
  const state = (): Promise<readonly unknown[]> => rowsOf(url, 'select version, fingerprint from caseload.schema_state')
  await withSession(url, session => session.query(stale))
  const before = await state()
  for (const call of calls) {
    const { stderr } = await caseload([...call, '--landing', sampleData], { url })
    t.notRegex(stderr, /The ledger of this database/, call.join(' '))
  }
  t.deepEqual(await state(), before)
  await withSession(url, session => session.query('update caseload.schema_state set version = 1'))
  for (const call of calls) {
    const refused = await caseload([...call, '--landing', sampleData], { url })
    t.is(refused.code, 2, call.join(' '))
    t.regex(
      refused.stderr,
      /^caseload: The ledger of this database is at version 1, this version of Caseload needs \d+\. Run: caseload migrate\n$/m,
    )
  }
})
