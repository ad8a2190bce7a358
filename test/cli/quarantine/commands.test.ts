import { readFileSync } from 'node:fs'
import test from 'ava'
import { caseload, type Ended, root } from '../../helpers/cli.ts'
import { createDatabase, rowsOf, testDatabase, type TestDatabase, withSession } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'

let database: TestDatabase

test.before(async () => {
  database = await createDatabase()
  await withSession(database.url, session =>
    session.query(readFileSync(`${root}test/cli/quarantine/quarantine.sql`, 'utf8')),
  )
})
test.after.always(() => database.drop())

const quarantine = (...args: readonly string[]): Promise<Ended> =>
  caseload(['quarantine', ...args], { url: database.url })

interface Listed {
  readonly id: number
  readonly batch_date: string
  readonly table_name: string
  readonly rule: string
  readonly reason: string
  readonly state: string
}

async function listed(...args: readonly string[]): Promise<readonly Listed[]> {
  const done = await quarantine('ls', '--json', ...args)
  if (done.code !== 0) throw new Error(done.stderr)
  return JSON.parse(done.stdout) as Listed[]
}

const short = (rows: readonly Listed[]): readonly string[] =>
  rows.map(row => [row.batch_date.slice(8), row.table_name, row.rule, row.reason, row.state].join(' '))

test('ls lists rows of published batches and of the newest run of refused ones, newest run and causes first', async t => {
  t.deepEqual(short(await listed()), [
    '03 visits pattern newer refused',
    '02 visits cast c refused',
    '02 visits pattern p open',
    '01 events shape s open',
    '01 patients length l open',
    '01 visits pattern does not have the expected form open',
    '01 visits parent p open',
  ])
})

test('ls takes a source, a day, a table, a rule and a limit', async t => {
  t.is((await listed('wards', '20230502')).length, 2)
  t.is((await listed('wards', '2023-05-04')).length, 0)
  t.is((await listed('labs')).length, 0)
  t.deepEqual(short(await listed('wards', '--table', 'visits', '--rule', 'parent')), ['01 visits parent p open'])
  t.deepEqual(short(await listed('--limit', '1')), ['03 visits pattern newer refused'])
  const cut = (await quarantine('ls', '--limit', '6')).stdout
  t.regex(cut, /\(the first 6; --limit shows more/)
  t.notRegex((await quarantine('ls', '--limit', '7')).stdout, /--limit/)
  t.is((await quarantine('ls', 'labs')).stdout, 'No row in quarantine.\n')
})

test('ls refuses a table and a rule that neither the code nor the ledger knows, and names the near one', async t => {
  for (const [flag, name, meant] of [
    ['--table', 'vists', 'visits'],
    ['--table', 'event', 'events'],
    ['--rule', 'patern', 'pattern'],
    ['--rule', 'refrence', 'reference'],
    ['--rule', 'nothing_like_it', undefined],
  ] as const) {
    const refused = await quarantine('ls', flag, name)
    t.deepEqual([refused.code, refused.stdout], [2, ''], name)
    t.true(refused.stderr.includes(`found "${name}".${meant === undefined ? '' : ` Did you mean ${meant}?`} caseload `))
  }
  // Without a row: of a contract, of an input, of a removed check, of a count whose rows have expired.
  for (const known of [
    ['--table', 'devices'],
    ['--table', 'events', '--rule', 'pattern'],
    ['--rule', 'ended_before_started'],
    ['--rule', 'of_last_year', '--table', 'wards_gone'],
  ]) {
    t.is((await quarantine('ls', 'labs', ...known)).stdout, 'No row in quarantine.\n', known.join(' '))
  }
})

test('ls --run finds a refused run by the first characters of its id, even if a later run exists', async t => {
  t.deepEqual(short(await listed('--run', '44444444-0000-4000-8000-000000000001')), [
    '04 visits pattern before refused',
  ])
  t.deepEqual(short(await listed('--run', '33333333-0000-4000-8000-000000000001')), ['03 visits pattern older refused'])
  t.is((await listed('--run', '11111111')).length, 4)
  t.is((await listed('--run', '55555555')).length, 0)
})

test('ls never prints delivered values', async t => {
  const table = await quarantine('ls')
  t.regex(table.stdout, /^id +source +date +table +file +record +column +rule +reason +state\n/)
  t.regex(table.stdout, /wards +2023-05-01 +visits +wards\/20230501\/a\.json +3 +visit_date +pattern +does not have/)
  const json = await quarantine('ls', '--json')
  const all = `${table.stdout}${json.stdout}${(await quarantine('summary')).stdout}`
  t.false(all.includes('secret'))
})

test('show prints everything of one row, as JSON, with the row as it was delivered', async t => {
  const [row] = await listed('--run', '11111111', '--rule', 'pattern')
  const shown = await quarantine('show', String(row?.id))
  t.is(shown.code, 0, shown.stderr)
  t.regex(shown.stdout, /^\{\n {2}"id"/)
  t.deepEqual(JSON.parse(shown.stdout), {
    id: row?.id,
    run_id: '11111111-0000-4000-8000-000000000001',
    source: 'wards',
    batch_date: '2023-05-01',
    table_name: 'visits',
    file: 'wards/20230501/a.json',
    record_no: 3,
    column_name: 'visit_date',
    rule: 'pattern',
    reason: 'does not have the expected form',
    state: 'open',
    dropped: false,
    run_started_at: '2023-05-01 06:00:00+00',
    row: { visit_id: 'secret\u0000\ud83d', visit_date: 'secret' },
  })
  t.regex((await quarantine('show', '--help')).stdout, /prints a patient's values/)
})

test('show prints every digit and every name that was delivered', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const records = ['{"patient_id":{"x":9007199254740993},"name":1.10}', '{"name":1e-05,"name":[],"patient_id":{}}']
  landing.write('source_a/20230601/visit_events.ndjson', [...records, '{"patient_id":"P1","name":"Avery"}'].join('\n'))
  const run = await caseload(['run', 'source_a', '2023-06-01', '--landing', landing.root, '--max-bad-rows', '90%'], {
    url,
  })
  t.is(run.code, 0, run.stderr)
  const show = async (id: number): Promise<string> =>
    (await caseload(['quarantine', 'show', String(id)], { url })).stdout
  t.true(
    (await show(1)).endsWith(
      '"row": {\n    "patient_id": {\n      "x": 9007199254740993\n    },\n    "name": 1.10\n  }\n}\n',
    ),
  )
  t.true((await show(2)).endsWith('"row": {\n    "name": 1e-05,\n    "name": [],\n    "patient_id": {}\n  }\n}\n'))
})

test('summary counts by source, date, table, rule and state, with the share of candidate rows', async t => {
  const counts = JSON.parse((await quarantine('summary', '--json')).stdout) as Record<string, unknown>[]
  t.deepEqual(
    counts.map(one => Object.values(one).slice(1)),
    [
      ['2023-05-01', 'events', null, 'shape', 'open', 1, 20, 0.05],
      ['2023-05-01', 'patients', null, 'length', 'open', 1, 8, 0.125],
      ['2023-05-01', 'visits', null, 'pattern', 'open', 1, 4, 0.25],
      ['2023-05-01', 'visits', null, 'parent', 'open', 1, 4, 0.25],
      ['2023-05-02', 'visits', null, 'pattern', 'open', 1, null, null],
      ['2023-05-02', 'visits', null, 'cast', 'refused', 1, null, null],
      ['2023-05-03', 'visits', null, 'pattern', 'refused', 1, null, null],
    ],
  )
  const table = (await quarantine('summary', 'wards', '20230501')).stdout
  t.regex(table, /wards +2023-05-01 +patients +length +open +1 +8 +12\.50 %/)
  t.notRegex(table, /2023-05-02/)
  t.is((await quarantine('summary', 'labs')).stdout, 'No row in quarantine.\n')
})

test('an unknown row, run, source or date is a usage error that lists what exists', async t => {
  const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['show', '999999'], /found no row 999999; quarantine holds 9 rows, from \d+ to \d+/],
    [['show', 'first'], /first column/],
    [['show', '0'], /first column/],
    [['ls', '--run', '99999999'], /found no run "99999999".*44444444-0000-4000-8000-000000000002 \(wards 2023-05-04/],
    [['ls', '--run', '1111'], /8 characters or more/],
    [['ls', '--run', "1111111' or true"], /found no run/],
    [['ls', '--run', '22222222'], /Several runs begin with 22222222.*\(wards 2023-05-02, incomplete\)/],
    [['ls', 'ward'], /ward never did. Sources that ran: labs, wards/],
    [['summary', 'ward'], /Sources that ran: labs, wards/],
    [['ls', '--limit', '0'], /above 0/],
    [['ls', 'wards', '2023-02-30'], /day of the calendar/],
    [['list'], /unknown command/],
  ]
  for (const [args, says] of wrong) {
    const done = await quarantine(...args)
    t.is(done.code, 2, args.join(' '))
    t.regex(done.stderr, says)
    t.is(done.stdout, '')
  }
})

test('in a new database quarantine is empty, and a row is not found', async t => {
  const empty = await createDatabase('empty')
  t.teardown(() => empty.drop())
  const done = await caseload(['quarantine', 'ls'], { url: empty.url })
  t.is(done.code, 0, done.stderr)
  t.is(done.stdout, 'No row in quarantine.\n')
  const none = await caseload(['quarantine', 'show', '1'], { url: empty.url })
  t.is(none.code, 2)
  t.regex(none.stderr, /quarantine is empty/)
  t.deepEqual(
    await rowsOf(empty.url, `select from pg_namespace where nspname = 'caseload'`),
    [],
    'reading makes no ledger',
  )
})
