import anyTest, { type ExecutionContext, type TestFn } from 'ava'
import { rowsOf } from '../../helpers/database.ts'
import { brokenRows, canariesIn, columnRules, csvOf, goodRow, goodRows, type Row } from './canaries.ts'
import { textOfTables } from './places.ts'
import { type LoggingServer, startServer } from './server.ts'
import { csvFiles, days, tryAndSearch } from './trial.ts'

const test = anyTest as TestFn<{ server: LoggingServer }>

test.before(async t => {
  const server = await startServer()
  t.context = { server }
})

test.after.always(t => t.context.server.stop())

/** The columns whose rows are in quarantine by a rule, `<table>.<column>`, sorted. */
async function quarantinedBy(url: string, rule: string): Promise<readonly string[]> {
  const rows = await rowsOf(
    url,
    `select distinct concat_ws('.', table_name, column_name) as place from caseload.quarantine_rows where rule = $1`,
    [rule],
  )
  return rows.map(row => String(row['place'])).sort()
}

for (const rule of columnRules) {
  test(`${rule}: rows that break it, in every column that has it, are in quarantine and nowhere else`, async t => {
    const { server } = t.context
    const url = await server.database()
    const { rows, broken } = brokenRows(rule)
    await tryAndSearch(t, server, url, { files: csvFiles(rows), code: 0 })
    t.true(broken.length > 0)
    t.deepEqual(await quarantinedBy(url, rule), broken)
    t.not(canariesIn(await textOfTables(url, ['caseload'])).length, 0, 'quarantine has the rows')
  })
}

/** Rows 1 to 3 of all tables, and one more in some. */
function withRows(more: Readonly<Record<string, readonly Row[]>>): Record<string, string> {
  return csvFiles(new Map([...goodRows()].map(([table, rows]) => [table, [...rows, ...(more[table] ?? [])]])))
}

const rowRules: Readonly<Record<string, readonly [table: string, values: Row, dropped?: readonly string[]]>> = {
  death_before_birth: ['patients', { birth_date: '1908-04-19' }],
  discharged_at_before_admitted_at: [
    'visits',
    { discharged_at: '1908-04-16T05:07:09' },
    ['discharged_at', 'discharged_on'],
  ],
  discharged_on_before_admitted_on: ['visits', { discharged_on: '1907-03-01' }, ['discharged_at', 'discharged_on']],
  ended_before_started: ['treatments', { ended_on: '1907-03-01' }, ['ended_on']],
  min_above_max: ['measurements_hourly', { min: '73914682.9', max: '73914682.1' }],
}

test('rules across columns', async t => {
  const { server } = t.context
  const url = await server.database()
  const more: Record<string, Row[]> = {}
  for (const [index, [table, values]] of Object.values(rowRules).entries()) {
    more[table] = [...(more[table] ?? []), { ...goodRow(table, 10 + index, 1), ...values }]
  }
  await tryAndSearch(t, server, url, { files: withRows(more), code: 0 })
  for (const [rule, [table, , dropped]] of Object.entries(rowRules)) {
    t.deepEqual(await quarantinedBy(url, rule), dropped?.map(column => `${table}.${column}`) ?? [table], rule)
  }
})

test('rows of one key, and rows without their parents', async t => {
  const { server } = t.context
  const url = await server.database()
  const files = withRows({
    patients: [{ ...goodRow('patients', 1), name: 'Qzvx another name' }],
    users: [{ ...goodRow('users', 1), name: 'Qzvx another name' }, goodRow('users', 2)],
    allergies: [goodRow('allergies', 30)],
  })
  await tryAndSearch(t, server, url, { files, code: 0 })
  t.deepEqual(await quarantinedBy(url, 'conflict'), ['patients'])
  t.deepEqual(await quarantinedBy(url, 'reference'), ['allergies'])
  t.true((await quarantinedBy(url, 'parent')).length > 3)
})

const row = (table: string): string => csvOf(table, [goodRow(table, 4, 1)]).split('\n')[1] ?? ''
const good = csvFiles(goodRows())
const patientsFile = good['patients.csv'] ?? ''

const records: Readonly<Record<string, string | Uint8Array>> = {
  'too few columns': `${patientsFile}"Qzvx too few"\n`,
  'too many columns': `${patientsFile}${row('patients')},"Qzvx too many"\n`,
  'text behind a quote': `${patientsFile}"Qzvx" behind,${row('patients')}\n`,
  'a quote that is never closed': `${patientsFile}"Qzvx never closed\n`,
  'bytes that are no UTF-8': Buffer.concat([
    Buffer.from(`${patientsFile}Qzvx`),
    Buffer.of(0xff, 0xfe),
    Buffer.from('\n'),
  ]),
}

for (const [name, content] of Object.entries(records)) {
  test(`a record that is none, ${name}, shows in quarantine or not at all`, async t => {
    const { server } = t.context
    await tryAndSearch(t, server, await server.database(), {
      files: { ...good, 'patients.csv': content },
      code: [0, 3],
    })
  })
}

const events: Readonly<Record<string, string>> = {
  'a list where an object should be': '[["Qzvx 1"]]',
  'an object where a text should be': '[{"patient_id": "Qzvx 1", "name": {"Qzvx": "Qzvx"}}]',
  'an unknown field': '[{"patient_id": "Qzvx 1", "Qzvx 1980-01-31": 1}]',
  'a field twice': '[{"patient_id": "Qzvx 1", "patient_id": "Qzvx 2"}]',
  'a lone surrogate': '[{"patient_id": "Qzvx \\ud800 1"}]',
  'a word that is none of JSON': '[{"patient_id": Qzvx}]',
}

for (const [name, content] of Object.entries(events)) {
  test(`JSON with ${name} shows in quarantine or not at all`, async t => {
    const { server } = t.context
    await tryAndSearch(t, server, await server.database(), {
      source: 'source_a',
      files: { 'visit_events.json': content },
      code: [0, 3],
    })
  })
}

test('3: too many bad rows; what lists runs, rejects and checks shows no value', async t => {
  const { server } = t.context
  const url = await server.database()
  const { rows } = brokenRows('pattern')
  const args = (date: string): string[] => ['run', 'leaky', date, '--max-bad-rows', '0']
  await tryAndSearch(t, server, url, { files: csvFiles(rows), args, code: 3 })
  await tryAndSearch(t, server, url, { files: csvFiles(rows), code: 0 })
  for (const command of [['runs'], ['status'], ['quarantine', 'ls', 'leaky'], ['quarantine', 'summary']]) {
    const [text] = await tryAndSearch(t, server, url, { files: {}, args: () => command, code: 0 })
    t.regex(text?.stdout ?? '', /leaky/)
  }
  const check = (t: ExecutionContext, code: readonly number[]): Promise<unknown> =>
    tryAndSearch(t, server, url, { files: {}, args: () => ['check', 'leaky', days.text], code })
  await check(t, [0, 3])
})
