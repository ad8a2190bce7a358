import test from 'ava'
import { readTargetSql } from '../../pipelines/ledger/layout.ts'
import { biggestBatch } from '../../pipelines/operate/doctor/disk.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { callMain } from '../helpers/in-process.ts'
import { sampleData } from '../helpers/samples.ts'

test('sizes and statistics are those of the shards, and a publish renews only what is stale', async t => {
  t.timeout(300_000)
  const { url } = await testDatabase(t)
  const call = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await callMain(args, { DATABASE_URL: url })
    t.is(code, 0, stderr)
    return stdout
  }
  const run = (): Promise<string> => call('run', 'source_a', '20230501', '--landing', sampleData)
  await run()
  await call('marts', 'rebuild')
  const { marts } = JSON.parse(await call('marts', 'status', '--json')) as {
    readonly marts: readonly { readonly mart: string; readonly rows: number; readonly bytes: number }[]
  }
  const counted = Object.fromEntries(marts.map(({ mart, rows }) => [mart, rows]))
  t.like(counted, { current_patients: 22, current_diagnoses: 26, source_history: 1 })
  // A mart with rows and an index takes four pages on one machine, and more on several.
  t.true(Number(marts.find(({ mart }) => mart === 'current_diagnoses')?.bytes) >= 32_768)
  t.true((await withSession(url, biggestBatch)).stored >= 4 * 8192)

  // A publish renews what is stale, and finds nothing after itself.
  const statement = await withSession(url, session => readTargetSql(session, 'ledger/stale_statistics.sql'))
  t.deepEqual(await rowsOf(url, statement, ['source_a']), [])
  await rowsOf(url, `update caseload.tables set loaded = 2 * loaded where table_name = 'visits'`)
  t.deepEqual(await rowsOf(url, statement, ['source_a']), [{ table_name: 'visits' }])
})
