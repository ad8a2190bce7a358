import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { batchProblems } from '../../../pipelines/operate/doctor/contents.ts'
import { encryption, notConnected } from '../../../pipelines/operate/doctor/connection.ts'
import { diskFacts, serverDisk, serverDiskFacts, workDisk } from '../../../pipelines/operate/doctor/disk.ts'
import { type Finding, findingsText, type Level } from '../../../pipelines/operate/doctor/finding.ts'
import { rights, type SchemaRights } from '../../../pipelines/operate/doctor/rights.ts'
import { fileLimit, maskKey } from '../../../pipelines/operate/doctor/runtime.ts'
import { clock, durability, serverVersion } from '../../../pipelines/operate/doctor/server.ts'
import { ledgerState, nodeVersion } from '../../../pipelines/operate/doctor/versions.ts'
import { zoneFacts, zones } from '../../../pipelines/operate/doctor/zones.ts'

test('versions: the oldest that work, and a ledger older or newer than the code', t => {
  t.deepEqual(
    ['18.20.8', '20.18.3', '20.19.0', '22.0.0'].map(version => nodeVersion(version).level),
    ['error', 'error', 'ok', 'ok'],
  )
  t.is(serverVersion({ version: '14.9', version_number: 140_009, standby: false }).level, 'error')
  const oldest = { version: '15.0', version_number: 150_000 }
  t.is(serverVersion({ ...oldest, standby: false }).level, 'ok')
  says(t, serverVersion({ ...oldest, standby: true }), 'error', /primary/)
  const code = { version: 7, fingerprint: 'now' }
  t.like(ledgerState(undefined, code), { level: 'ok', found: 'none yet; the first run makes it' })
  t.is(ledgerState(code, code).level, 'ok')
  says(t, ledgerState({ version: 6, fingerprint: 'then' }, code), 'warning', /^caseload migrate/m)
  t.is(ledgerState({ version: 7, fingerprint: 'then' }, code).level, 'warning')
  t.like(ledgerState({ version: 8, fingerprint: 'later' }, code), { level: 'error' })
})

test('a clock that is surely more than 5 s off is a warning', t => {
  fc.assert(
    fc.property(fc.integer({ min: -100_000, max: 100_000 }), fc.nat(20_000), (offset, uncertainty) => {
      const surely = Math.abs(offset) > 5000 + uncertainty
      t.is(clock({ offset, uncertainty }).level, surely ? 'warning' : 'ok')
    }),
  )
  t.regex(clock({ offset: -61_000, uncertainty: 20 }).found, /61\.0 s behind that of this machine/)
})

test('rows in the clear over a network, and a server that may lose what it said is stored', t => {
  for (const host of ['/run/postgresql', 'localhost', '127.0.0.1', '::1']) {
    t.is(encryption({ host }, { ssl: false }).level, 'ok', host)
  }
  t.is(encryption({ host: 'db.example.org' }, { ssl: true }).level, 'ok')
  says(t, encryption({ host: 'db.example.org' }, { ssl: false }), 'warning', /sslmode=verify-full/)
  const on = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' }
  t.is(durability(on).level, 'ok')
  says(t, durability({ ...on, fsync: 'off' }), 'error', /set fsync = on/)
  t.is(durability({ ...on, full_page_writes: 'off' }).level, 'error')
  t.is(durability({ ...on, synchronous_commit: 'off' }).level, 'warning')
})

test('what is said of a connection holds the host and never the password', t => {
  const url = 'postgresql://etl:s3cret-word@db.example.org:5433/clinic?password=s3cret-word'
  const finding = notConnected('DATABASE_URL', { DATABASE_URL: url }, 'Cannot connect. Check it.')
  t.is(finding.found, 'Cannot connect (DATABASE_URL: db.example.org:5433)')
  t.is(finding.remedy, 'Check it.')
  const socket = { DATABASE_URL: 'postgresql:///clinic?host=/run/postgresql&port=5433' }
  t.regex(notConnected('DATABASE_URL', socket, 'No.').found, /socket \/run\/postgresql/)
  t.regex(notConnected('PGHOST and its family', { PGHOST: 'db' }, 'No.').found, /db:5432/)
})

const gigabyte = 1024 ** 3

test('disks: no room for the biggest batch is an error, little room and memory are warnings', t => {
  const disk = { path: '/work', trouble: undefined, free: 10 * gigabyte, total: 100 * gigabyte, isMemory: false }
  t.is(workDisk(disk).level, 'ok')
  t.is(workDisk({ ...disk, free: gigabyte / 2 }).level, 'warning')
  t.is(workDisk(disk, { delivery: 4 * gigabyte }).level, 'warning')
  t.is(workDisk(disk, { delivery: 11 * gigabyte }).level, 'error')
  says(t, workDisk({ ...disk, isMemory: true }), 'warning', /CASELOAD_WORK/)
  says(t, workDisk(diskFacts('/nowhere/at/all')), 'error', /ENOENT/)
  if (existsSync('/dev/shm')) says(t, workDisk(diskFacts('/dev/shm')), 'warning', /lies in memory/)
  t.is(serverDisk(undefined, { delivery: 0, stored: 0 }).level, 'ok')
  t.is(serverDisk(disk, { delivery: 0, stored: 4 * gigabyte }).level, 'warning')
  t.is(serverDisk(disk, { delivery: 0, stored: 11 * gigabyte }).level, 'error')
  t.is(serverDiskFacts({ data_directory: tmpdir() }, { host: 'db.example.org' }), undefined)
  t.is(serverDiskFacts({ data_directory: null }, { host: 'localhost' }), undefined)
  t.truthy(serverDiskFacts({ data_directory: tmpdir() }, { host: 'localhost' })?.free)
})

test('rights: the remedy is the very statement', t => {
  const names = ['caseload', 'caseload_kept', 'caseload_stage', 'clinical', 'store']
  const schema = (name: string, owner: string | null): SchemaRights => ({
    name,
    owner,
    is_ours: owner === 'etl',
    may_use: owner === 'etl',
    may_create: owner === 'etl',
  })
  const who = { login: 'etl', role: 'etl', database: 'Clinic' }
  const all = (owner: string | null): readonly SchemaRights[] => names.map(name => schema(name, owner))
  const free = { foreign: [], may_create_schemas: true, may_terminate: true }
  t.like(rights({ ...free, schemas: all(null) }, who)[0], { level: 'ok', found: 'etl may create its schemas' })
  t.is(rights({ ...free, schemas: all('etl'), may_create_schemas: false }, who)[0]?.level, 'ok')
  t.like(rights({ ...free, schemas: all(null), may_create_schemas: false }, who)[0], {
    level: 'error',
    remedy: 'as the owner of the database: grant create on database "Clinic" to "etl"',
  })
  says(t, rights({ ...free, schemas: all('clinic_owner') }, who)[0], 'error', /^grant "clinic_owner" to "etl"/m)
  const foreign = [{ owner: 'admin', tables: 3, functions: 0, forbidden: 0 }]
  t.like(rights({ ...free, schemas: all('etl'), foreign }, who)[0], {
    level: 'error',
    remedy: 'grant "admin" to "etl"',
  })
  t.is(rights({ ...free, schemas: all('etl'), may_terminate: false }, who)[0]?.level, 'warning')
})

test('this process: files, and a key that others can read', t => {
  t.deepEqual(
    [undefined, 256, 1024, Infinity].map(limit => fileLimit(limit).level),
    ['ok', 'warning', 'ok', 'ok'],
  )
  const folder = mkdtempSync(join(tmpdir(), 'caseload-doctor-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const key = join(folder, 'key')
  writeFileSync(key, 'k'.repeat(32), { mode: 0o600 })
  const env = { CASELOAD_MASK_AT_LOAD: 'true', CASELOAD_PSEUDONYM_KEY_FILE: key }
  t.is(maskKey({}).level, 'ok')
  t.is(maskKey(env).level, 'ok')
  t.is(maskKey({ ...env, CASELOAD_MASK_AT_LOAD: 'false' }).level, 'warning')
  chmodSync(key, 0o644)
  says(t, maskKey(env), 'error', /mode 644/)
  t.is(maskKey({ CASELOAD_MASK_AT_LOAD: 'true' }).level, 'error')
})

test('a zone that a program does not know is an error of that program', async t => {
  const none = { env: {}, duckdb: undefined, session: undefined, now: new Date('2026-01-15') }
  t.is(zones(await zoneFacts(['Europe/Berlin', 'UTC'], none))[0]?.level, 'ok')
  t.like(zones(await zoneFacts(['Mars/Olympus'], none))[0], {
    level: 'error',
    found: 'The IANA does not know Mars/Olympus',
  })
  // Node and DuckDB know it, as Bangladesh.
  t.is(zones(await zoneFacts(['BST'], none))[0]?.found, 'The IANA does not know BST')
  t.is(zones(await zoneFacts([], { ...none, env: { TZ: 'Mars/Olympus' } }))[0]?.level, 'warning')
})

test('a zone whose rules differ is an error from the moment on at which they do', async t => {
  const facts = await zoneFacts(['America/Vancouver'], {
    env: {},
    duckdb: undefined,
    session: undefined,
    now: new Date('2026-01-15'),
  })
  const difference = { from: Date.UTC(2026, 10, 1, 9) / 1000, to: Infinity, engine: -28_800, server: -25_200 }
  const seen = { ...facts, differing: [{ zone: 'America/Vancouver', difference }] }
  const words =
    /^the clocks of America\/Vancouver differ: from 2026-11-01 09:00 UTC on it is at -08:00 by DuckDB and at -07:00 by/
  says(t, zones(seen)[0], 'warning', words)
  says(t, zones({ ...seen, now: new Date('2026-11-20') })[0], 'error', words)
})

test('batches that need attention are a warning with the command that names them, and no error of the installation', t => {
  t.like(batchProblems(0), { level: 'ok', remedy: null })
  t.deepEqual(batchProblems(1), {
    check: 'batches',
    level: 'warning',
    found: '1 batch needs attention',
    remedy: 'caseload status --problems',
  })
  t.is(batchProblems(1234).found, '1,234 batches need attention')
})

test('a line per finding, its remedy below it, and the counts at the end', t => {
  const text = findingsText([
    { check: 'node', level: 'ok', found: 'Node 20.19.0', remedy: null },
    { check: 'landing', level: 'error', found: 'there is no /landing', remedy: 'make it' },
  ])
  t.is(
    text,
    [
      'ok       node     Node 20.19.0',
      'error    landing  there is no /landing',
      '                  remedy: make it',
      '',
      '1 in order, 0 warnings, 1 error.',
      '',
    ].join('\n'),
  )
})

function says(t: ExecutionContext, finding: Finding | undefined, level: Level, words: RegExp): void {
  t.is(finding?.level, level)
  t.regex(`${finding?.found ?? ''}\n${finding?.remedy ?? ''}`, words)
}
