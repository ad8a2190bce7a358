import test, { type ExecutionContext } from 'ava'
import { LockedError } from '../../pipelines/platform/errors.ts'
import { migrate } from '../../pipelines/ledger/migrate.ts'
import { underMigrationLock } from '../../pipelines/ledger/migration-lock.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { makeReady } from '../../pipelines/ledger/ensure-schema.ts'
import type { View } from '../../pipelines/ledger/list-views.ts'
import { createViews, viewLimits } from '../../pipelines/ledger/views.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { until } from '../helpers/until.ts'

const older: View = { name: 'one_more', sql: 'create or replace view clinical.one_more as select 1 as a' }
const newer: View = { name: 'one_more', sql: 'create or replace view clinical.one_more as select 2 as a' }
const migrationLock = `hashtextextended('caseload/migrate', 0)`
const briefly = { ...viewLimits, budgetMs: 500 }

/** Does some work while a reader holds a view; nobody waits for longer than half a minute. */
async function beside(url: string, view: string, work: (session: Session, reader: Session) => Promise<void>) {
  await withSession(url, reader =>
    withSession(url, async session => {
      await session.query(`set statement_timeout = '30s'`)
      await reader.query('begin')
      await reader.query(`select * from clinical.${view}`)
      await work(session, reader)
    }),
  )
}

const isWaiting = async (url: string): Promise<boolean> =>
  (await rowsOf(url, `select from pg_locks where not granted and relation = 'clinical.one_more'::regclass`)).length > 0

async function value(t: ExecutionContext, url: string, expected: number): Promise<void> {
  await withSession(url, async session => {
    await session.query(`set statement_timeout = '20s'`)
    t.deepEqual((await session.query('select a from clinical.one_more')).rows, [{ a: expected }])
  })
}

test('while a long query holds a view, the next readers get through; the view is replaced when it is over', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, session => createViews(session, [older]))
  await beside(url, 'one_more', async (session, reader) => {
    const made = createViews(session, [newer])
    made.catch(() => undefined)
    await until(() => isWaiting(url))
    await value(t, url, 1)
    await reader.query('rollback')
    await made
    await value(t, url, 2)
  })
})

test('readers that do not give way: locked, with the views as they were, and nothing is held afterwards', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, session => createViews(session, [older]))
  await beside(url, 'one_more', async session => {
    const error = await t.throwsAsync(createViews(session, [newer], { limits: briefly }), { instanceOf: LockedError })
    t.regex(
      error.message,
      /^Readers held the views of schema clinical for \d+ s; nothing was changed after \d+ tries: session \d+ \(/,
    )
    await value(t, url, 1)
    t.is(await withSession(url, other => underMigrationLock(other, () => Promise.resolve('mine'), 0)), 'mine')
  })
})

test('a run goes on without a view that readers keep it from making, and says so', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, session => session.query('drop view clinical.readmission_summary'))
  await beside(url, 'lace_comorbidities', async (session, reader) => {
    const [warning, ...others] = await makeReady(session)
    t.regex(warning ?? '', /^Not made yet: readmission_summary\. Readers held .* Data is loaded all the same/)
    t.deepEqual(others, [])
    await reader.query('rollback')
    t.deepEqual(await makeReady(session), [])
    t.deepEqual((await session.query('select from clinical.readmission_summary limit 0')).rows, [])
  })
})

test('whoever migrates is waited for, with patience, and named', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async holder => {
    await holder.query(`set application_name = 'another migration'`)
    await holder.query(`select pg_advisory_lock(${migrationLock})`)
    await withSession(url, async session => {
      await session.query(`set statement_timeout = '10s'`)
      const error = await t.throwsAsync(
        underMigrationLock(session, () => Promise.resolve(), 100),
        { instanceOf: LockedError },
      )
      t.regex(error.message, /another migration/)
      await t.throwsAsync(createViews(session, [older], { limits: briefly }), { instanceOf: LockedError })
      const migrated = migrate(session)
      await holder.query(`select pg_advisory_unlock(${migrationLock})`)
      t.deepEqual((await migrated).added, [])
    })
  })
})
