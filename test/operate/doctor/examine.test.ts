import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { examine } from '../../../pipelines/operate/doctor/examine.ts'
import type { Finding, Level } from '../../../pipelines/operate/doctor/finding.ts'
import { reachServer } from '../../../pipelines/operate/doctor/reach-server.ts'
import { zoneFacts, zones } from '../../../pipelines/operate/doctor/zones.ts'
import { migrate } from '../../../pipelines/ledger/migrate.ts'
import { errorCode } from '../../../pipelines/platform/server-error.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { scratchHome } from '../../embedded/scratch.ts'
import { everything, setScene, stageRun } from '../gc/scenes.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { testEngine } from '../../helpers/engine.ts'
import { testLanding } from '../../helpers/landing.ts'

type Environment = Readonly<Record<string, string>>

/** Examines with a private landing root of one source. */
async function look(t: ExecutionContext, env: Environment): Promise<readonly Finding[]> {
  const landing = testLanding(t)
  landing.write('source_b/20230501/signal.csv', 'synthetic')
  return examine({ env, cwd: tmpdir(), landing: landing.root, keep: 1 })
}

const levels = (findings: readonly Finding[], level: Level): readonly string[] =>
  findings.filter(finding => finding.level === level).map(finding => finding.check)

const found = (findings: readonly Finding[], check: string): Finding | undefined =>
  findings.find(finding => finding.check === check)

test('a database on which nothing ran is in order, and stays as it was', async t => {
  const { url } = await testDatabase(t, 'empty')
  const schemas = 'select nspname from pg_namespace order by 1'
  const before = await rowsOf(url, schemas)
  const findings = await look(t, { DATABASE_URL: url })
  t.deepEqual([levels(findings, 'error'), levels(findings, 'warning')], [[], []])
  t.is(found(findings, 'ledger')?.found, 'none yet; the first run makes it')
  t.is(found(findings, 'leftovers')?.found, 'none: nothing ran yet')
  t.deepEqual(await rowsOf(url, schemas), before)
})

test('sources that the ledger knows and that have no landing folder are named', async t => {
  const { url } = await testDatabase(t)
  await rowsOf(
    url,
    `insert into caseload.runs (run_id, source, batch_date, status, code_version, host, process_id)
     select gen_random_uuid(), source, '2023-05-01', 'published', '', '', 0
     from unnest('{source_a, source_b, no_more}'::text[]) as sources (source)`,
  )
  const landings = (await look(t, { DATABASE_URL: url })).filter(one => one.check === 'landing')
  t.deepEqual(
    landings.map(one => one.level),
    ['warning'],
  )
  t.regex(landings[0]?.found ?? '', /^of 2 sources with published batches 1 have no folder below .*: source_a$/)
})

test('leftovers of a dead run and a landing folder open to all are warnings, and nothing is changed', async t => {
  const scene = await setScene(t)
  await stageRun(scene, { source: 'icu', date: '2023-05-01' })
  const landing = testLanding(t)
  landing.write('source_b/20230501/signal.csv', 'synthetic')
  chmodSync(landing.root, 0o755)
  const before = await everything(scene.url)
  const env = { DATABASE_URL: scene.url, CASELOAD_WORK: scene.parts.workRoot }
  const findings = await examine({ env, cwd: tmpdir(), landing: landing.root, keep: 1 })
  t.deepEqual(levels(findings, 'error'), [])
  t.deepEqual(levels(findings, 'warning'), ['landing', 'leftovers'])
  t.deepEqual(found(findings, 'leftovers'), {
    check: 'leftovers',
    level: 'warning',
    found: '1 dead run, 1 staged leaf of no run, 1 rejected row of no use, 1 work folder',
    remedy: 'caseload gc',
  })
  t.deepEqual(await everything(scene.url), before)
})

test('its session cannot write', async t => {
  const { url } = await testDatabase(t)
  const { reached } = await reachServer({ DATABASE_URL: url }, tmpdir())
  if (reached === undefined) return t.fail('the server was not reached')
  const refused = await t.throwsAsync(reached.session.query('create table store.x (y int)'))
  t.is(errorCode(refused), '25006')
  return reached.session.end()
})

test('where no server answers, that is the error, and this machine is looked at all the same', async t => {
  const findings = await look(t, { DATABASE_URL: 'postgresql://etl:s3cret-word@127.0.0.1:1/clinic' })
  t.deepEqual(levels(findings, 'error'), ['connection'])
  t.regex(found(findings, 'connection')?.found ?? '', /no server listens there \(DATABASE_URL: 127\.0\.0\.1:1\)/)
  for (const check of ['node', 'duckdb', 'work disk', 'landing', 'time zones']) {
    t.is(found(findings, check)?.level, 'ok', check)
  }
  t.false(JSON.stringify(findings).includes('s3cret-word'))
})

test('an older ledger is a warning wherever it is looked at, a newer one an error', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, migrate)
  await withSession(url, session =>
    session.query(
      `drop table caseload.range_leaves cascade; update caseload.schema_state set version = 1, fingerprint = 'of then'`,
    ),
  )
  const older = await look(t, { DATABASE_URL: url })
  t.deepEqual([levels(older, 'error'), levels(older, 'warning')], [[], ['ledger', 'batches', 'leftovers']])
  t.is(found(older, 'leftovers')?.remedy, 'caseload migrate')
  await withSession(url, session => session.query('update caseload.schema_state set version = 9999'))
  const newer = await look(t, { DATABASE_URL: url })
  t.deepEqual(levels(newer, 'error'), ['ledger'])
})

test('a landing root in an object store is not looked at', async t => {
  const env = { DATABASE_URL: 'postgresql://127.0.0.1:1/clinic' }
  const findings = await examine({ env, cwd: tmpdir(), landing: 's3://bucket/landing', keep: 1 })
  t.like(found(findings, 'landing'), { level: 'ok' })
})

test('wrong settings are an error, and the rest is looked at', async t => {
  const { url } = await testDatabase(t)
  const findings = await look(t, { DATABASE_URL: url, CASELOAD_MEMORY: 'lots' })
  t.deepEqual(levels(findings, 'error'), ['settings'])
  t.is(found(findings, 'rights')?.level, 'ok')
  t.is(found(findings, 'landing'), undefined)
})

test('an embedded server is not started: one that was never made is in order', async t => {
  const home = scratchHome(t)
  const findings = await look(t, { CASELOAD_HOME: home })
  t.regex(found(findings, 'connection')?.found ?? '', /none yet/)
  t.is(found(findings, 'postgres'), undefined)
  t.false(existsSync(home))
})

test('a login without rights is told the statements that help, and they do', async t => {
  const login = `caseload_test_${randomBytes(6).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  const role = quoteIdent(login)
  const admin = await testDatabase(t, 'empty')
  const as = (url: string): string => {
    const mine = new URL(url)
    // Over a socket a URL has no host, and so no place for a name before it.
    mine.searchParams.set('user', login)
    mine.searchParams.set('password', password)
    return mine.href
  }
  const server = new URL(admin.url)
  server.pathname = '/postgres'
  await withSession(server.href, session => session.query(`create role ${role} login password '${password}'`))
  t.teardown(async () => {
    await withSession(admin.url, session => session.query(`drop owned by ${role} cascade; drop role ${role}`))
  })

  const env = { DATABASE_URL: as(admin.url) }
  const first = found(await look(t, env), 'rights')
  t.is(first?.level, 'error')
  const [, grant] = /: (grant create .*)$/.exec(first?.remedy ?? '') ?? []
  await withSession(admin.url, session => session.query(grant ?? ''))
  t.like(found(await look(t, env), 'rights'), { level: 'ok', found: `${login} may create its schemas` })

  await withSession(admin.url, migrate)
  const second = await look(t, env)
  t.deepEqual(levels(second, 'error'), [
    'rights',
    'roles',
    'ledger',
    'batches',
    'future days',
    'marts',
    'locks',
    'leftovers',
    'unmasked rows',
  ])
  t.is(found(second, 'ledger')?.found, 'the role lacks the right to look (SQLSTATE 42501)')
  const [, member] = /^(grant ".*" to ".*") \(/.exec(found(second, 'rights')?.remedy ?? '') ?? []
  await withSession(admin.url, session => session.query(member ?? ''))
  const third = await look(t, env)
  t.deepEqual(levels(third, 'error'), [])
  t.regex(found(third, 'connection')?.found ?? '', new RegExp(`as ${login}, acting as `))
})

test('a folder for work that is not there is an error, and holds no leftovers', async t => {
  const { url } = await testDatabase(t)
  const folder = mkdtempSync(join(tmpdir(), 'caseload-doctor-'))
  rmSync(folder, { recursive: true })
  const findings = await look(t, { DATABASE_URL: url, CASELOAD_WORK: folder })
  t.deepEqual(levels(findings, 'error'), ['work disk'])
  t.is(found(findings, 'leftovers')?.level, 'ok')
})

test('each program is asked for the zones it reads local times in', async t => {
  const { url } = await testDatabase(t)
  const duckdb = await testEngine(t)
  const asked = ['America/New_York', 'BST', 'Europe/Berlin', 'Mars/Olympus', 'UTC']
  const facts = await withSession(url, session => zoneFacts(asked, { env: {}, duckdb, session, now: new Date() }))
  t.deepEqual(facts.unknown, {
    'The IANA': ['BST', 'Mars/Olympus'],
    DuckDB: ['Mars/Olympus'],
    PostgreSQL: ['BST', 'Mars/Olympus'],
  })
  t.is(zones(facts).length, 3)
  t.true(zones(facts).every(finding => finding.level === 'error'))
})

test('a target of notices that is not well formed is an error, without its value', async t => {
  const env = {
    DATABASE_URL: 'postgresql://127.0.0.1:1/clinic',
    CASELOAD_NOTIFY_WEBHOOK: 'hooks.example.org/s3cret-word',
  }
  const wrong = found(await look(t, env), 'notices')
  t.is(wrong?.level, 'error')
  t.false(JSON.stringify(wrong).includes('s3cret-word'))
  const right = { ...env, CASELOAD_NOTIFY_WEBHOOK: 'https://hooks.example.org/s3cret-word' }
  t.like(found(await look(t, right), 'notices'), { level: 'ok', found: '--notify sends to webhook' })
})
