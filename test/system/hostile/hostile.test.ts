import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { caseload, root } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'
import { canary, corpus, type Expected } from './corpus.ts'

const sources = join(root, 'test/system/hostile/sources')

for (const { what, file, content, expected } of corpus) {
  test(`${what}: ${words(expected)}`, async t => {
    const { url } = await testDatabase(t)
    const landing = testLanding(t)
    const work = mkdtempSync(join(tmpdir(), 'caseload-hostile-'))
    t.teardown(() => {
      rmSync(work, { recursive: true, force: true })
    })
    const source = file.startsWith('people') ? 'people' : 'source_a'
    landing.write(`${source}/20230501/${file}`, content())
    const done = await caseload(['run', source, '20230501', '--landing', landing.root], {
      url,
      env: { CASELOAD_SOURCES: sources, CASELOAD_WORK: work },
    })
    t.is(done.code, expected.code, done.stderr)
    t.false(`${done.stdout}${done.stderr}`.includes(canary))
    t.deepEqual(readdirSync(work), [], 'the private work folder is gone')
    const published = await rowsOf(url, 'select * from store.patients')
    const rejected = await rowsOf(
      url,
      `select record_no, rule from caseload.quarantine where table_name not in ('visits') order by record_no`,
    )
    if (expected.code === 0) {
      t.is(published.length, expected.loaded)
      t.deepEqual(
        rejected.map(row => [row['record_no'], row['rule']]),
        (expected.quarantined ?? []).map(pair => [...pair]),
      )
    } else {
      t.regex(done.stderr, expected.says)
      t.deepEqual(published, [])
    }
    t.deepEqual(await imbalance(url), [])
    t.false(JSON.stringify(await ledger(url)).includes(canary))
  })
}

test('no digit of a number is lost', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const record = '{"patient_id":9007199254740993,"name":0.12345678901234567890,"visits":[]}'
  landing.write('source_a/20230501/visit_events.json', `[${record},{"patient_id":12345678901234567890123}]`)
  const done = await caseload(['run', 'source_a', '20230501', '--landing', landing.root], { url })
  t.is(done.code, 0, done.stderr)
  t.deepEqual(await rowsOf(url, 'select patient_id, name from store.patients order by length(patient_id)'), [
    { patient_id: '9007199254740993', name: '0.12345678901234567890' },
    { patient_id: '12345678901234567890123', name: null },
  ])
})

test('what was rejected stands in the quarantine as it was delivered', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(
    'people/20230501/people.csv',
    'id,name,born\nP1,Avery\nP2,"Bl"ake,1980-01-31\nP3,Cam,31.01.1980\nP4,D,\n',
  )
  const env = { CASELOAD_SOURCES: sources }
  t.is((await caseload(['run', 'people', '20230501', '--landing', landing.root], { url, env })).code, 0)
  const found = await rowsOf(
    url,
    'select table_name, rule, column_name, row from caseload.quarantine order by record_no',
  )
  t.deepEqual(found, [
    { table_name: 'people', rule: 'columns', column_name: null, row: { fields: ['P1', 'Avery'] } },
    { table_name: 'people', rule: 'quote', column_name: null, row: { text: 'P2,"Bl"ake,1980-01-31' } },
    {
      table_name: 'patients',
      rule: 'pattern',
      column_name: 'birth_date',
      row: { patient_id: 'P3', name: 'Cam', birth_date: '31.01.1980' },
    },
  ])
})

function words(expected: Expected): string {
  if (expected.code !== 0) return `refused with ${expected.code}`
  const kept = expected.quarantined?.length ?? 0
  return kept === 0 ? 'loaded' : `loaded, ${kept} quarantined`
}

/** Files and tables whose counts do not add up. */
async function imbalance(url: string): Promise<unknown[]> {
  return rowsOf(
    url,
    `select t.table_name
     from caseload.tables as t
     left join lateral (select coalesce(sum(value::bigint), 0) as rows from json_each_text(t.removed)) as removed on true
     left join lateral (
       select count(*) as rows
       from caseload.quarantine as q
       where q.run_id = t.run_id and q.table_name = t.table_name
     ) as kept on true
     where t.candidates <> t.loaded + t.quarantined + removed.rows or kept.rows <> t.quarantined
     union all
     select f.path
     from caseload.files as f
     where f.quarantined <> (
       select count(*) from caseload.quarantine as q
       where q.run_id = f.run_id and q.table_name = f.input and q.file = f.path
     )`,
  )
}

async function ledger(url: string): Promise<unknown> {
  const tables = ['runs', 'files', 'tables', 'checks', 'sources']
  return Promise.all(tables.map(table => rowsOf(url, `select * from caseload.${table}`)))
}
