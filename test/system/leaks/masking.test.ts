import { createHmac } from 'node:crypto'
import anyTest, { type TestFn } from 'ava'
import { rowsOf } from '../../helpers/database.ts'
import { brokenRows, columnRules, csvOf, directCanariesIn, goodRow, goodRows, type Row } from './canaries.ts'
import { textOfStatistics, textOfTables } from './places.ts'
import { type LoggingServer, startServer } from './server.ts'
import { csvFiles, tryAndSearch } from './trial.ts'

const test = anyTest as TestFn<{ server: LoggingServer }>

test.before(async t => {
  const server = await startServer()
  t.context = { server }
})

test.after.always(t => t.context.server.stop())

const secret = 'Mask-key-of-the-tests-0123456789abcdef'
const masked = { CASELOAD_MASK_AT_LOAD: 'true', CASELOAD_PSEUDONYM_KEY: secret }

const pseudonym = (domain: string, value: string): string =>
  `p1_${createHmac('sha256', secret).update(`${domain}\0${value}`).digest('hex')}`

/** Everything that a database holds of what was loaded, quarantine and the planner's statistics included. */
async function textOfDatabase(url: string): Promise<string> {
  const tables = await textOfTables(url, ['store', 'caseload', 'caseload_stage', 'caseload_kept'])
  return `${tables}\n${await textOfStatistics(url)}`
}

test('without masking the same search finds what identifies a patient', async t => {
  const { server } = t.context
  const url = await server.database()
  await tryAndSearch(t, server, url, { files: csvFiles(goodRows()), code: 0 })
  t.is(directCanariesIn(await textOfDatabase(url)).length, 2)
})

test('no direct identifier is anywhere in the database, whatever rule a row breaks', async t => {
  const { server } = t.context
  const url = await server.database()
  const all = goodRows()
  for (const rule of columnRules) {
    for (const [table, rows] of brokenRows(rule).rows) all.get(table)?.push(...rows.slice(3))
  }
  const good = csvFiles(all)
  const brokenRecord = `${good['patients.csv'] ?? ''}"Qzvx direct, too few columns"\n`
  const done = await tryAndSearch(t, server, url, {
    files: { ...good, 'patients.csv': brokenRecord },
    env: masked,
    secrets: [secret],
    code: 0,
  })
  t.deepEqual(directCanariesIn(await textOfDatabase(url)), [], done[0]?.stderr)
  const rules = await rowsOf(url, 'select distinct rule from caseload.quarantine_rows')
  t.true(columnRules.every(rule => rules.some(row => row['rule'] === rule)))
  const whole = await rowsOf(
    url,
    `select "row" from caseload.quarantine_rows where table_name = 'patients' and column_name is null`,
  )
  t.true(whole.every(row => row['row'] === null || !JSON.stringify(row['row']).includes('Qzvx')))
})

/** Children whose parents are found by what masking made of their keys. */
const joins = `
  select
    (select count(*) from store.visits as v join store.patients as p using (source, batch_date, patient_id)) as visits,
    (select count(*) from store.treatments as t join store.visits as v using (source, batch_date, patient_id, visit_id)) as treatments,
    (select count(*) from store.user_roles as r join store.users as u using (source, batch_date, user_id)) as roles,
    (select count(*) from store.patients) as patients`

test('pseudonyms join within a source, differ between sources but for persons, and are those of the key', async t => {
  const { server } = t.context
  const url = await server.database()
  const files = csvFiles(goodRows())
  for (const source of ['leaky', 'leaky__north']) {
    await tryAndSearch(t, server, url, { source, files, env: masked, secrets: [secret], code: 0 })
  }
  // 3 rows, 2 days, 2 sources.
  t.deepEqual(await rowsOf(url, joins), [{ visits: 12, treatments: 12, roles: 12, patients: 12 }])
  const ids = await rowsOf(url, 'select distinct source, patient_id from store.patients order by source, patient_id')
  const row = (source: string, of: Row): Row => ({
    source,
    patient_id: pseudonym(`${source}/patient_id`, of['patient_id'] ?? ''),
  })
  const expected = ['leaky', 'leaky__north'].flatMap(source =>
    [1, 2, 3]
      .map(n => row(source, goodRow('patients', n)))
      .sort((a, b) => ((a['patient_id'] ?? '') < (b['patient_id'] ?? '') ? -1 : 1)),
  )
  t.deepEqual(ids, expected)
  t.is(new Set(ids.map(one => one['patient_id'])).size, 6)
  t.is((await rowsOf(url, 'select distinct person_id from store.patient_links')).length, 3)
  const [dropped] = await rowsOf(
    url,
    `select count(name) + count(first_name) + count(birth_date) + count(email) + count(phone) + count(address) as direct,
       count(gender) as quasi
     from store.patients`,
  )
  t.deepEqual(dropped, { direct: 0, quasi: 12 })
})

test('2: no key, a short key and another word than true or false load nothing', async t => {
  const { server } = t.context
  const url = await server.database()
  const files = csvFiles(goodRows())
  for (const env of [
    { CASELOAD_MASK_AT_LOAD: 'true', CASELOAD_PSEUDONYM_KEY: '' },
    { CASELOAD_MASK_AT_LOAD: 'true', CASELOAD_PSEUDONYM_KEY: 'Too-short-a-key' },
    { ...masked, CASELOAD_PSEUDONYM_KEY_FILE: '/nowhere/key' },
    { CASELOAD_MASK_AT_LOAD: 'yes', CASELOAD_PSEUDONYM_KEY: secret },
    { CASELOAD_MASK_AT_LOAD: '', CASELOAD_PSEUDONYM_KEY: secret },
  ]) {
    await tryAndSearch(t, server, url, { files, env, secrets: [secret, 'Too-short-a-key'], code: 2 })
  }
  t.deepEqual(await rowsOf(url, 'select 1 from store.patients union all select 1 from caseload.quarantine_rows'), [])
})

test('records that are none are kept without their text', async t => {
  const { server } = t.context
  const url = await server.database()
  const good = csvFiles(goodRows())
  const line = csvOf('patients', [goodRow('patients', 4)]).split('\n')[1] ?? ''
  const content = `${good['patients.csv'] ?? ''}${line},"Qzvx direct, too many columns"\n`
  await tryAndSearch(t, server, url, {
    files: { ...good, 'patients.csv': content },
    env: masked,
    secrets: [secret],
    code: [0, 3],
  })
  t.deepEqual(directCanariesIn(await textOfDatabase(url)), [])
})
