import test from 'ava'
import { createViews } from '../../pipelines/ledger/views.ts'
import { migrate } from '../../pipelines/ledger/migrate.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { addStubs, cluster } from './databases.ts'
import { takeJourney } from './journey.ts'
import { readCatalogue } from './lint/catalogue.ts'
import { lintMessages, lintStatements } from './lint/lint.ts'
import { loggingServer } from './lint/logging-server.ts'

if (cluster === undefined) {
  test('every command works on the layout, and sends no statement that Citus refuses', async t => {
    t.timeout(600_000)
    const { url, statements, messages } = await loggingServer(t)
    await addStubs(url)
    await withSession(url, async session => {
      await migrate(session, { target: 'citus' })
      await createViews(session)
    })
    await takeJourney(t, url)
    const sent = await statements()
    const said = messages()
    t.true(sent.length > 300, `${sent.length} statements`)
    t.true(
      sent.some(text => text.includes('alter table caseload_stage.')),
      'those of functions are among them',
    )
    const { writeFileSync } = await import('node:fs'); writeFileSync('/tmp/cl-sent.json', JSON.stringify({sent, said, dist: (await withSession(url, s => s.query('select placed_as as name, partmethod::text as method, repmodel::text as model, distribution_column as column from pg_catalog.pg_dist_partition'))).rows, fn: (await withSession(url, s => s.query('select proname as name, max(provolatile)::text as volatility from pg_catalog.pg_proc group by proname'))).rows}))
    const catalogue = await withSession(url, readCatalogue)
    const alone = await lintStatements(sent, catalogue)
    const together = await lintMessages(said, catalogue)
    t.deepEqual(alone.unread, [])
    t.deepEqual(together.unread, [])
    t.deepEqual([...alone.findings, ...together.findings], [])
  })
} else {
  test('every command works on the cluster', async t => {
    t.timeout(1_200_000)
    const { url } = await testDatabase(t)
    await takeJourney(t, url)
    t.pass()
  })
}
