import { createHash } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { caseload, ended, start } from '../helpers/cli.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'

let database: TestDatabase

test.before(async () => {
  database = await createDatabase('empty')
})

test.after.always(() => database.drop())

const sql = (...args: readonly string[]): ReturnType<typeof caseload> =>
  caseload(['sql', ...args], { url: database.url })

/** An escaped control character, so that this file holds none itself. */
const code = (point: number): string => String.fromCodePoint(point)

const unusual = `select 'NaN'::float8 as f, 'Infinity'::float4 as i, '-Infinity'::float8 as m, '-0'::float8 as z, null::float8 as n,
  9007199254740993 as big, 5::int8 as small, 1.50 as d, 0.00001::float8 as tiny, true as b,
  '{"id": 9007199254740993, "v": 1.10}'::jsonb as j`

test('--csv and --json print the numbers that the server sent, NaN and Infinity included', async t => {
  t.is(
    (await sql('--csv', unusual)).stdout,
    'f,i,m,z,n,big,small,d,tiny,b,j\n' +
      'NaN,Infinity,-Infinity,-0,,9007199254740993,5,1.50,1e-05,true,"{""v"": 1.10, ""id"": 9007199254740993}"\n',
  )
  const json = (await sql('--json', unusual)).stdout
  const { j, ...rest } = (JSON.parse(json) as [Record<string, unknown>])[0]
  t.deepEqual(rest, {
    f: 'NaN',
    i: 'Infinity',
    m: '-Infinity',
    z: -0,
    n: null,
    big: '9007199254740993',
    small: 5,
    d: '1.50',
    tiny: 0.00001,
    b: true,
  })
  t.is(typeof j, 'object')
  t.true(json.includes('"id": 9007199254740993'), json)
  t.true(json.includes('"v": 1.10'))
})

test('a table shows control characters as codes; --csv and --json keep the value', async t => {
  const points = [0x07, 0x1b, 0x7f, 0x9b, 0x202e, 0x200b]
  const value = `a${points.map(code).join('')}b`
  const query = `select ${points.map(point => `chr(${point})`).reduce((all, one) => `${all} || ${one}`, `'a'`)} || 'b' as c`
  const table = (await sql(query)).stdout
  t.true(table.includes(String.raw`a\x07\x1B\x7F\u009B\u202E\u200Bb`), table)
  t.true((await sql('--csv', query)).stdout.includes(value))
  const json = (await sql('--json', query)).stdout
  t.deepEqual(JSON.parse(json), [{ c: value }])
  t.false(points.some(point => table.includes(code(point)) || json.includes(code(point))))
  const heading = (await sql(`select 1 as "x${code(0x1b)}[2J"`)).stdout
  t.true(heading.startsWith(String.raw`x\x1B[2J`), heading)
})

test('--json keeps columns of one name apart', async t => {
  const { stdout, stderr } = await sql('--json', 'select 1 as a, 2 as b, 3 as a, 4 as a_2, 5 as a')
  t.deepEqual(JSON.parse(stdout), [{ a: 1, b: 2, a_3: 3, a_2: 4, a_4: 5 }], stderr)
  t.is((await sql('--csv', 'select 1 as a, 2 as a')).stdout, 'a,a\n1,2\n')
})

test('copy ... to stdout prints all its rows, next to other statements', async t => {
  t.is((await sql(`copy (select 1 as a, 'x' as b) to stdout csv header`)).stdout, 'a,b\n1,x\n')
  t.is((await sql('copy (select 7) to stdout; select 1 as a')).stdout, '7\na\n-\n1\n(1 row)\n')
  t.is((await sql('select 1 as a; copy (select 7) to stdout')).stdout, '7\n')
  // More than the buffers of the pipes.
  const many = await sql('copy (select generate_series(1, 300000)) to stdout')
  t.is(many.code, 0)
  const lines = Array.from({ length: 300_000 }, (_, i) => `${i + 1}\n`).join('')
  t.is(createHash('md5').update(many.stdout).digest('hex'), createHash('md5').update(lines).digest('hex'))
})

test('copy ... to stdout is refused with --json, and the statement is rolled back', async t => {
  for (const rows of [1, 300_000]) {
    const { code: exit, stdout, stderr } = await sql('--json', `copy (select generate_series(1, ${rows})) to stdout`)
    t.deepEqual([exit, stdout], [2, ''])
    t.regex(stderr, /Leave --json out/)
  }
  await sql(
    '--json',
    '--write',
    'create table public.left_over (a int); copy (select generate_series(1, 300000)) to stdout',
  )
  t.is((await sql('--csv', `select to_regclass('public.left_over')`)).stdout, 'to_regclass\n\n')
})

test('a copy that fails half way ends with its error', async t => {
  const { code: exit, stderr } = await sql('copy (select 1 / (5 - x) from generate_series(1, 9) as x) to stdout')
  t.is(exit, 1)
  t.regex(stderr, /division by zero/)
})

test('a copy ends when its reader closes the pipe, and that is not a failure', async t => {
  const child = start(['sql', 'copy (select generate_series(1, 100000000)) to stdout'], { url: database.url })
  child.stdout?.once('data', () => child.stdout?.destroy())
  const { code: exit, stderr } = await ended(child)
  t.is(exit, 0, stderr)
})

async function fromFile(t: ExecutionContext, bytes: Buffer): ReturnType<typeof caseload> {
  const landing = testLanding(t)
  landing.write('query.sql', bytes)
  return sql('--csv', '-f', `${landing.root}/query.sql`)
}

test('a byte order mark at the start of an SQL file is skipped', async t => {
  t.is((await fromFile(t, Buffer.from('\uFEFFselect 1 as a;\r\n'))).stdout, 'a\n1\n')
})

test('an SQL file that is not UTF-8 is refused', async t => {
  const utf16 = await fromFile(t, Buffer.from('\uFEFFselect 1 as a', 'utf16le'))
  t.is(utf16.code, 2)
  t.regex(utf16.stderr, /in UTF-8, found UTF-16\. Save it as UTF-8/)
  const latin = await fromFile(t, Buffer.from(`select 'M\u00FCller' as a`, 'latin1'))
  t.is(latin.code, 2)
  t.regex(latin.stderr, /in UTF-8, found another encoding/)
})

test('a query writes only with --write, also by a function, in its own transaction and from a file', async t => {
  const made = await sql(
    '--write',
    `create table public.kept (a int);
    create function public.add_one() returns int language sql as $$ insert into public.kept values (1) returning a $$;
    create function public.try_one() returns text language plpgsql as $$
      begin insert into public.kept values (1); return 'written'; exception when others then return sqlstate; end $$;
    insert into public.kept values (7)`,
  )
  t.is(made.code, 0, made.stderr)
  t.is(made.stdout, 'Wrote 1 row.\n')
  t.is((await sql('--write', 'create table public.none (a int)')).stdout, 'Done.\n')
  t.regex((await sql('select from public.none')).stdout, /\(0 rows\)\n$/)
  for (const [write, found] of [
    ['delete from public.kept', 'DELETE'],
    ['select 1; delete from public.kept', 'DELETE'],
    ['begin; delete from public.kept; commit', 'DELETE'],
    ['with gone as (delete from public.kept returning a) select * from gone', 'SELECT'],
    ['explain analyze delete from public.kept', 'DELETE'],
    ['truncate public.kept', 'TRUNCATE TABLE'],
    ['drop table public.kept', 'DROP TABLE'],
    ['create table public.more (a int)', 'CREATE TABLE'],
    ['select public.add_one()', 'INSERT'],
    ['do $$ begin perform public.add_one(); end $$', 'INSERT'],
  ] as const) {
    const refused = await sql(write)
    t.deepEqual([refused.code, refused.stdout], [2, ''], `${write}: ${refused.stderr}`)
    t.regex(refused.stderr, new RegExp(`found a write: cannot execute ${found} in a read-only transaction`), write)
    t.regex(refused.stderr, /run it again with --write\.\n$/, write)
  }
  const lifted = await sql(`select set_config('transaction_read_only', 'off', false), public.add_one()`)
  t.is(lifted.code, 1, lifted.stderr)
  t.is((await sql('--csv', 'select public.try_one()')).stdout, 'try_one\n25006\n')
  const file = await fromFile(
    t,
    Buffer.from('select 1 as a;\ninsert into public.kept values (2);\nselect a from public.kept;\n'),
  )
  t.is(file.code, 2, file.stderr)
  t.is((await sql('--csv', 'select a from public.kept')).stdout, 'a\n7\n')
})

test('with --write, a session that may only read is a matter of the login', async t => {
  const url = new URL(database.url)
  url.searchParams.set('options', '-c default_transaction_read_only=on')
  const { code: exit, stderr } = await caseload(['sql', '--write', 'create table public.never (a int)'], {
    url: url.href,
  })
  t.is(exit, 2)
  t.regex(stderr, /the session may only read/)
})
