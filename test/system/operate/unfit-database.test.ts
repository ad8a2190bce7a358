import { randomBytes } from 'node:crypto'
import test from 'ava'
import { examine } from '../../../pipelines/operate/doctor/examine.ts'
import { migrate } from '../../../pipelines/ledger/migrate.ts'
import { knownState } from '../../../pipelines/platform/sqlstates.ts'
import { openAsOwner } from '../../../pipelines/embedded/target.ts'
import { caseload } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { sampleData } from '../../helpers/samples.ts'

test('a database in another encoding than UTF8 is refused before anything is made, and doctor says so', async t => {
  const { url } = await testDatabase(t, 'empty')
  for (const encoding of ['LATIN1', 'SQL_ASCII', 'EUC_JP']) {
    const name = `caseload_test_${randomBytes(6).toString('hex')}`
    await rowsOf(
      url,
      `create database ${name} encoding '${encoding}' template template0 locale_provider libc locale 'C'`,
    )
    t.teardown(() => rowsOf(url, `drop database ${name} with (force)`))
    const there = new URL(url)
    there.pathname = `/${name}`
    const session = await openAsOwner(there.href, 'caseload test')
    const message = new RegExp(`^Expected a database in the encoding UTF8, found ${encoding}\\. Nothing was changed\\.`)
    await t.throwsAsync(migrate(session), { name: 'UsageError', message }).finally(() => session.end())
    t.deepEqual(await rowsOf(there.href, `select nspname from pg_namespace where nspname = 'caseload'`), [])
    const findings = await examine({ env: { DATABASE_URL: there.href }, cwd: '/', landing: '/nowhere', keep: 1 })
    t.like(
      findings.find(({ check }) => check === 'database'),
      {
        level: 'error',
        found: `Expected a database in the encoding UTF8, found ${encoding}`,
      },
    )
    if (encoding !== 'LATIN1') continue
    const run = await caseload(['run', 'source_a', '20230501'], { url: there.href })
    t.is(run.code, 2, run.stderr)
    t.regex(run.stderr, /^caseload: Expected a database in the encoding UTF8, .*\n$/)
  }
})

test('where a session may only read, who writes is told in one line, and who looks goes on', async t => {
  const { url } = await testDatabase(t)
  const day = ['source_a', '2023-05-01']
  t.is((await caseload(['run', ...day, '--landing', sampleData], { url })).code, 0)
  await rowsOf(
    url,
    `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`,
  )
  const writers = [
    ['run', ...day],
    ['migrate'],
    ['views'],
    ['gc'],
    ['rollback', ...day],
    ['check', ...day],
    ['compact', 'source_a', '--before', '2023-06-01'],
  ]
  for (const call of writers) {
    const refused = await caseload(call, { url })
    // A source of one day has nothing to roll back to or to merge.
    if (call[0] === 'compact') continue
    t.is(refused.code, 2, `${call.join(' ')}: ${refused.stderr}`)
    if (call[0] === 'rollback') continue
    t.regex(refused.stderr, /^caseload: [^\n]*session may only read[^\n]* DATABASE_URL[^\n]*\n$/, call.join(' '))
  }
  for (const call of [
    ['status'],
    ['runs'],
    ['sql', 'select count(*) from patients'],
    ['plan', 'source_a'],
    ['quarantine', 'ls'],
  ]) {
    const done = await caseload([...call, '--landing', sampleData], { url })
    t.is(done.code, 0, `${call.join(' ')}: ${done.stderr}`)
  }
  const findings = await examine({ env: { DATABASE_URL: url }, cwd: '/', landing: '/nowhere', keep: 1 })
  t.like(
    findings.find(({ check }) => check === 'database'),
    { level: 'error' },
  )
})

test('what a server is known to refuse is never called a bug', t => {
  for (const state of [
    ...[
      '22P05',
      '23503',
      '25006',
      '28000',
      '28P01',
      '3D000',
      '42501',
      '53000',
      '53100',
      '53200',
      '53300',
      '53400',
      '54000',
      '54001',
    ],
    ...['55000', '55006', '55P03', '57014', '57P03', '40001', '40P01', '58000', '58030', 'XX000', 'XX001', '2BP01'],
  ]) {
    t.truthy(knownState(state), state)
  }
  for (const state of ['42601', '42P01', '23505', '22001', 'ECONNREFUSED', undefined])
    t.is(knownState(state), undefined)
})
