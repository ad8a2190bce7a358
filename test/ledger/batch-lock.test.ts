import { randomUUID } from 'node:crypto'
import test from 'ava'
import { sessionName } from '../../pipelines/source/batch.ts'
import { lockBatch } from '../../pipelines/ledger/batch-lock.ts'
import { BatchLockedError, LockedError } from '../../pipelines/platform/errors.ts'
import { endSessions } from '../../pipelines/ledger/end-sessions.ts'
import { openAsOwner } from '../../pipelines/embedded/target.ts'
import { memberUrl, testDatabase, withSession } from '../helpers/database.ts'

const batch = { source: 'source_a', date: '2023-05-01' }

test('whoever holds a batch is named by its session; only a run that loads it is one that others may leave it to', async t => {
  const { url } = await testDatabase(t)
  const running = randomUUID()
  await withSession(url, session =>
    session.query(
      `insert into caseload.runs (run_id, source, batch_date, code_version, host, process_id) values ($1, $2, $3, '0', 'elsewhere', 42)`,
      [running, batch.source, batch.date],
    ),
  )
  const refused = async (holder: string): Promise<LockedError> => {
    const session = await openAsOwner(url, holder)
    try {
      await session.query('select pg_advisory_lock(caseload.batch_key($1, $2))', [batch.source, batch.date])
      const locking = withSession(url, other => lockBatch(other, batch, randomUUID()))
      return await t.throwsAsync(locking, { instanceOf: LockedError })
    } finally {
      await session.end()
    }
  }
  // The run in the ledger died: its lock is gone, and it is not who holds the batch.
  const merging = await refused('caseload compact source_a')
  t.false(merging instanceof BatchLockedError)
  t.regex(merging.message, /is locked by a session named caseload compact source_a\. Try again/)

  const loading = await refused(sessionName(batch, running))
  t.true(loading instanceof BatchLockedError)
  t.true(loading.message.includes(`run ${running} (process 42 on elsewhere, since `), loading.message)

  const begun = await refused(sessionName(batch, randomUUID()))
  t.true(begun instanceof BatchLockedError)
  t.regex(begun.message, /a run that has just started/)

  await withSession(url, session => session.query('update caseload.runs set compares = true'))
  t.false((await refused(sessionName(batch, running))) instanceof BatchLockedError)
})

test('a login that is only a member of the owner can end the sessions that it has left', async t => {
  const { url } = await testDatabase(t, 'empty')
  const owner = `caseload_test_owner_${process.pid}`
  await withSession(url, session =>
    session.query(`create role ${owner}; create schema caseload authorization ${owner}`),
  )
  t.teardown(() => withSession(url, session => session.query(`drop owned by ${owner} cascade; drop role ${owner}`)))
  const member = await memberUrl(t, url, owner)
  const name = sessionName(batch, randomUUID())
  const left = await openAsOwner(member, name)
  const session = await openAsOwner(member, name)
  t.teardown(() => session.end())
  const role = async (): Promise<unknown> => (await session.query('select current_user as name')).rows
  t.deepEqual(await role(), [{ name: owner }])
  await endSessions(session, [name])
  t.deepEqual(await role(), [{ name: owner }])
  await t.throwsAsync(left.query('select 1'))
})
