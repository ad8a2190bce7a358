import test from 'ava'
import { LockedError } from '../../../pipelines/platform/errors.ts'
import { lockWaitLimits } from '../../../pipelines/platform/lock-wait.ts'
import { extendTable, text } from '../../../pipelines/index.ts'
import { migrate } from '../../../pipelines/ledger/migrate.ts'
import { isMigrated } from '../../../pipelines/ledger/schema-state.ts'
import { setCurrentProject } from '../../../pipelines/contract/current-project.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { holdTables, publishWaits } from '../../publish/batches.ts'

const language = extendTable({
  preferred_language: text({ phi: 'none', description: 'A column of the project.' }).nullable(),
})

test.before(() => {
  const paths = { root: '/none', sources: '/none', tables: '/none', views: '/none', checks: '/none' }
  setCurrentProject({ ...paths, declared: new Map([['patients', language]]) })
})

test('a column waits for a reader of its table in short tries: the next readers get through, and then it is there', async t => {
  const { url } = await testDatabase(t)
  const reader = await holdTables(t, url, 'patients')
  await withSession(url, async session => {
    const migrated = migrate(session)
    migrated.catch(() => undefined)
    await publishWaits(url)
    t.deepEqual(await rowsOf(url, 'select from store.patients'), [])
    await publishWaits(url)
    await reader.release()
    t.deepEqual((await migrated).added, ['patients.preferred_language'])
    t.true(await isMigrated(session))
  })
})

test('a reader that does not give way: locked, by name, and nothing is migrated; a signal ends the wait', async t => {
  const { url } = await testDatabase(t)
  await holdTables(t, url, 'patients')
  await withSession(url, async session => {
    const limits = { ...lockWaitLimits, budgetMs: 200, lockTimeoutMs: 20, everyTenthMs: 20 }
    const error = await t.throwsAsync(migrate(session, { limits }), { instanceOf: LockedError })
    t.regex(error.message, /^Readers held a table to be migrated .*: session \d+ \(caseload test reader, .* Try again/)
    await t.throwsAsync(migrate(session, { signal: AbortSignal.abort(new Error('stopped')) }), { message: 'stopped' })
    t.false(await isMigrated(session))
  })
})
