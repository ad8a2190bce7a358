import { randomBytes } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import type { Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { callMain } from '../../helpers/in-process.ts'
import { sampleData } from '../../helpers/samples.ts'

const day = ['source_a', '2023-05-01']
const schemas = ['store', 'clinical', 'caseload', 'caseload_stage', 'caseload_kept']

/** Commands that read, with what has to be readable for one row at least. */
const readers = [
  ['status'],
  ['runs'],
  ['quarantine', 'ls'],
  ['quarantine', 'summary'],
  ['check', ...day, '--sql', 'none_of_this_name'],
  ['plan', 'source_a'],
  ['gc', '--dry-run'],
  ['sql', 'select count(*) from current_patients'],
]

const writers = [
  ['run', ...day],
  ['backfill', 'source_a', '--from', '2023-05-01', '--to', '2023-05-01', '--reprocess', 'all'],
  ['retry'],
  ['rollback', ...day],
  ['compact', 'source_a', '--before', '2023-06-01'],
  ['gc'],
  ['views'],
  ['migrate'],
  ['quarantine', 'replay', ...day],
  ['plan', ...day],
]

/** A database that one login has made and filled, and a second login without any right in it. */
interface World {
  readonly admin: string
  readonly etl: string
  readonly bi: string
  readonly as: (role: string, args: readonly string[]) => Promise<Ended>
}

async function world(t: ExecutionContext): Promise<World> {
  const { url } = await testDatabase(t, 'empty')
  const suffix = randomBytes(4).toString('hex')
  const [etl, bi] = [`caseload_test_etl_${suffix}`, `caseload_test_bi_${suffix}`]
  await rowsOf(url, `create role ${etl} login; create role ${bi} login`)
  await rowsOf(
    url,
    `do $$ begin execute format('grant create on database %I to ${etl}', current_database()); end $$;
     do $$ begin execute format('revoke connect on database %I from public', current_database()); end $$;
     do $$ begin execute format('grant connect on database %I to ${etl}, ${bi}', current_database()); end $$`,
  )
  t.teardown(() => rowsOf(url, `drop owned by ${bi}, ${etl} cascade; drop role ${bi}, ${etl}`))
  const as = (role: string, args: readonly string[]): Promise<Ended> => {
    const there = new URL(url)
    if (there.username === '') there.searchParams.set('user', role)
    else there.username = role
    return callMain(args, { DATABASE_URL: there.href, CASELOAD_LANDING: sampleData, CASELOAD_QUIET: 'true' })
  }
  const loaded = await as(etl, ['run', ...day])
  t.is(loaded.code, 0, loaded.stderr)
  return { admin: url, etl, bi, as }
}

/** No output says bug or shows a stack; a refusal is exit 2 and names role, right and object, and the grant. */
function judge(t: ExecutionContext, role: string, { code, stdout, stderr }: Ended, what: string): boolean {
  t.notRegex(stdout + stderr, /\bbug\b|^ {4}at /m, what)
  const refused =
    /^caseload: Role (\w+) (may not (?:read|write|call|use|create in|connect to) \w+ [\w.]+|lacks).* grant /m.exec(
      stderr,
    )
  if (refused === null) {
    t.true([0, 2, 3, 4].includes(code ?? -1), `${what}: ${stderr}`)
    t.notRegex(stderr, /42501|permission denied/, what)
    return false
  }
  t.is(code, 2, what)
  t.is(refused[1], role, what)
  t.is(stderr.trim().split('\n').length, 1, stderr)
  return true
}

/** The statements that a refusal says to run. */
function remedies(stderr: string): string {
  const found = /To go on, as .*?: (grant .*)\.\n$/.exec(stderr)?.[1]
  if (found === undefined) throw new Error(`no remedy in: ${stderr}`)
  return found
}

test('a login that follows what it is told gets from no right at all to the answer of each command that reads', async t => {
  const { admin, etl, bi, as } = await world(t)
  const first = await as(bi, ['status'])
  t.regex(
    first.stderr,
    new RegExp(
      `^caseload: Role ${bi} may not read schema caseload\\. To go on, as ${etl} or a superuser: grant usage on schema ` +
        `"caseload" to "${bi}"; grant select on .*"caseload"\\."runs".* to "${bi}"\\.\n$`,
    ),
  )
  t.notRegex(first.stderr, /quarantine/, 'delivered rows are not granted in passing')
  for (const call of readers) {
    for (let told = 0; ; told++) {
      const said = await as(bi, call)
      if (!judge(t, bi, said, call.join(' '))) break
      t.true(told < 4, said.stderr)
      await rowsOf(admin, remedies(said.stderr))
    }
  }
  for (const call of writers) {
    const said = await as(bi, call)
    t.true(judge(t, bi, said, call.join(' ')), said.stderr)
    t.is(remedies(said.stderr), `grant "${etl}" to "${bi}"`)
  }
  await rowsOf(admin, `revoke connect on database ${new URL(admin).pathname.slice(1)} from ${bi}`)
  const outside = await as(bi, ['runs'])
  t.true(judge(t, bi, outside, 'connect'))
  t.regex(outside.stderr, /may not connect to database \w+\. .* grant connect on database/)
})

test('each command without each right in turn names role, right, object and the grant, and is no bug', async t => {
  const { admin, etl, bi, as } = await world(t)
  await rowsOf(
    admin,
    `grant usage on schema store, clinical, caseload to ${bi};
     grant select on all tables in schema store, clinical, caseload to ${bi};
     revoke execute on all functions in schema caseload from public;
     grant execute on all functions in schema caseload to ${bi}`,
  )
  const reading = [
    ...['clinical', 'caseload'].map(name => [`usage on schema ${name}`, name]),
    ...['schema_state', 'sources', 'runs', 'tables', 'files', 'quarantine', 'checks'].map(name => [
      `select on caseload.${name}`,
      `caseload.${name}`,
    ]),
    ['select on clinical.current_patients', 'clinical.current_patients'],
    ['execute on function caseload.batch_is_locked(text, date)', 'caseload.batch_is_locked'],
  ] as const
  const writing = [
    ...schemas.flatMap(name => ['usage', 'create'].map(right => [`${right} on schema ${name}`, name])),
    ...['select', 'insert', 'update', 'delete'].map(right => [`${right} on caseload.runs`, 'caseload.runs']),
    ['insert on store.patients', 'store.patients'],
    ['execute on function caseload.publish', 'caseload.publish'],
  ] as const
  const calls = [
    ...reading.map(([right = '', name = '']) => ({ role: bi, right, name, commands: readers })),
    ...writing.map(([right = '', name = '']) => ({ role: etl, right, name, commands: writers })),
  ]
  const unnoticed: string[] = []
  for (const { role, right, name, commands } of calls) {
    await rowsOf(admin, `revoke ${right} from ${role}`)
    let refusals = 0
    for (const call of commands) {
      const said = await as(role, call)
      if (!judge(t, role, said, `${call.join(' ')} without ${right}`)) continue
      refusals++
      t.true(said.stderr.includes(name), `${right}: ${said.stderr}`)
    }
    if (refusals === 0) unnoticed.push(right)
    await rowsOf(admin, `grant ${right} to ${role}`)
  }
  t.deepEqual(unnoticed, [], 'a right that no command needs proves nothing')
  const done = await as(etl, ['run', ...day])
  t.is(done.code, 0, done.stderr)
})
