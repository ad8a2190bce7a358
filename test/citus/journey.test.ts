import test from 'ava'
import { createViews } from '../../pipelines/ledger/views.ts'
import { migrate } from '../../pipelines/ledger/migrate.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { addStubs, cluster } from './databases.ts'
import { takeJourney } from './journey.ts'
import { readCatalogue } from './lint/catalogue.ts'
import { lintMessages, lintStatements } from './lint/lint.ts'
import { loggingServer } from './lint/logging-server.ts'

/**
 * Views that unite rows of distributed tables. On Citus 13.2 joins of them without the distribution column gave the rows of a plain database,
 * because each of their parts joins a step that the coordinator computes first; a new one has to be tried there before it is named here.
 * Nothing joins orphans_in_batch: it is a part of orphans.
 */
const compared =
  /create or replace view clinical\.(?:current_diagnoses|current_procedures|dated_treatments|intake_conflicts|orphans_in_batch) as/

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
    const catalogue = await withSession(url, readCatalogue)
    const alone = await lintStatements(sent, catalogue)
    const together = await lintMessages(said, catalogue)
    t.deepEqual(alone.unread, [])
    t.deepEqual(together.unread, [])
    const wrong = [...alone.findings, ...together.findings].filter(({ statement }) => !compared.test(statement))
    t.deepEqual(wrong, [])
  })
} else {
  test('every command works on the cluster', async t => {
    t.timeout(1_200_000)
    const { url } = await testDatabase(t)
    await takeJourney(t, url)
    t.pass()
  })
}
