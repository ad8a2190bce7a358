import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { listViews } from '../../pipelines/ledger/list-views.ts'
import { root } from '../helpers/cli.ts'
import { testDatabase, withSession } from '../helpers/database.ts'

const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')

// Hand-made batches of every delivery mode: visits that move, are cancelled and come back, rows that vanish from a full
// delivery, first deliveries that win, linked patients. checks.sql says what each view must give, and gives what it does not.
test('every view reads the scenarios of all delivery modes right', async t => {
  const { url } = await testDatabase(t, 'empty')
  await withSession(url, async session => {
    await session.query('create schema store; create schema clinical')
    await session.query(read('test/views/stub_caseload.sql'))
    await session.query(read('sql/migrations/0004_readmission_definitions.sql'))
    await session.query(read('sql/migrations/0011_code_systems.sql'))
    await session.query(read('sql/functions/last_due.sql'))
    for (const file of readdirSync(`${root}sql/store`)) await session.query(read(`sql/store/${file}`))
    for (const view of listViews()) await session.query(view.sql)
    await session.query(read('test/views/scenarios.sql'))
    t.deepEqual((await session.query(read('test/views/checks.sql'))).rows, [])
  })
})
