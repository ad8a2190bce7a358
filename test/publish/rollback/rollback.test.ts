import test from 'ava'
import { AbortedError, LockedError, UsageError } from '../../../pipelines/platform/errors.ts'
import { lockWaitLimits } from '../../../pipelines/platform/lock-wait.ts'
import { connect } from '../../../pipelines/platform/postgres.ts'
import { rowsOf, withSession } from '../../helpers/database.ts'
import { until } from '../../helpers/until.ts'
import { tableHashes } from '../../system/laws/hashes.ts'
import { type Fate, type OnMessage, startProxy } from '../../system/laws/message-proxy.ts'
import { mergeMonths } from '../../operate/plan/staging.ts'
import { holdTables, namesSeen, publishWaits, tablesIn } from '../batches.ts'
import { batch, ledger, noticing, quarantined, rollbackScene } from './scene.ts'

const key = [batch.source, batch.date]

test('the version before is back as it was, with its quarantine; the other is gone; the batch is held until a run', async t => {
  const { url, publish, rollBack } = await rollbackScene(t)
  const first = await publish('first', 3)
  const hashes = await tableHashes(url)
  const [shown] = await rowsOf(url, 'select max(published_at) as at from caseload.published')
  const second = await publish('second', 4)
  t.deepEqual(await quarantined(url), ['second'])

  const done = await rollBack()
  t.like(done, { ...batch, kept: 0, rolledBack: { runId: second, rows: 8 }, restored: { runId: first, rows: 9 } })
  t.deepEqual(await tableHashes(url), hashes)
  t.deepEqual(await quarantined(url), ['first'])
  t.deepEqual(await ledger(url), ['published published', 'rolled_back dropped'])
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
  t.deepEqual(await tablesIn(url, 'caseload_kept'), [])
  t.deepEqual(await rowsOf(url, `select 1 from pg_catalog.pg_constraint where conname = 'caseload_bounds'`), [])
  const [held] = await rowsOf(url, 'select source, batch_date, reason from caseload.pins')
  t.deepEqual(held, {
    ...{ source: batch.source, batch_date: batch.date },
    reason: `rolled back from run ${second.slice(0, 8)} to run ${first.slice(0, 8)}`,
  })
  const [again] = await rowsOf(url, 'select max(published_at) as at from caseload.published')
  t.true(String(again?.['at']) > String(shown?.['at']), 'who copies what is new copies these rows again')

  await publish('third', 2)
  t.deepEqual(await rowsOf(url, 'select 1 from caseload.pins'), [])
  t.deepEqual(await ledger(url), ['replaced kept', 'rolled_back dropped', 'published published'])
  await rollBack()
  t.deepEqual(await tableHashes(url), hashes)
})

test('as many versions as are kept can be rolled back, and then the error says how to keep more', async t => {
  const { url, publish, rollBack } = await rollbackScene(t)
  const none = await t.throwsAsync(rollBack(), { instanceOf: UsageError, message: /found none \(and 0 kept\)/ })
  t.is(none.exitCode, 2)
  for (const [patients, name] of ['first', 'second', 'third', 'fourth'].entries())
    await publish(name, patients + 1, { keep: 2 })
  t.like(await rollBack(), { kept: 1 })
  t.deepEqual(await namesSeen(url), ['third'])
  t.like(await rollBack(), { kept: 0 })
  t.deepEqual(await namesSeen(url), ['second'])
  const error = await t.throwsAsync(rollBack(), { instanceOf: UsageError, message: /is kept, found 0: .* --keep/ })
  t.is(error.exitCode, 2)
  t.deepEqual(await namesSeen(url), ['second'])
  t.deepEqual(await ledger(url), [
    'replaced dropped',
    'published published',
    'rolled_back dropped',
    'rolled_back dropped',
  ])
})

test('readers are waited for and given way to; a reader from before sees the restored rows, never none', async t => {
  const { url, publish, rollBack } = await rollbackScene(t)
  await publish('first', 3)
  await publish('second', 4)
  const old = await connect({ url, applicationName: 'caseload test reader' })
  t.teardown(() => old.end())
  await old.query('begin isolation level repeatable read')
  await old.query('select 1 from caseload.runs')
  const reader = await holdTables(t, url)
  const rolling = rollBack()
  for (let tries = 0; tries < 2; tries++) {
    await publishWaits(url)
    t.deepEqual(await namesSeen(url), ['second'])
    await rowsOf(url, 'select count(*) from store.visits')
  }
  const [now] = await rowsOf(url, 'select clock_timestamp()::text as now')
  await reader.release()
  t.true((await rolling).tries > 1)
  const later = await rowsOf(url, 'select from caseload.pins where pinned_at >= $1', [now?.['now']])
  t.is(later.length, 1, 'who began to load the batch before readers gave way hears of the hold')
  t.deepEqual((await old.query('select distinct name from store.patients')).rows, [{ name: 'first' }])
  t.deepEqual(await namesSeen(url), ['first'])
})

test('readers that stay beyond the budget, and a run that holds the batch, end it with exit 75 and nothing is changed', async t => {
  const { url, publish, rollBack } = await rollbackScene(t)
  await publish('first', 3)
  await publish('second', 4)
  const hashes = await tableHashes(url)
  const reader = await holdTables(t, url)
  const limits = { ...lockWaitLimits, budgetMs: 200, lockTimeoutMs: 20, everyTenthMs: 40 }
  const error = await t.throwsAsync(rollBack({ limits }), { instanceOf: LockedError, message: /Readers held source_a/ })
  t.is(error.exitCode, 75)
  await reader.release()
  await withSession(url, async session => {
    await session.query('select pg_advisory_lock(caseload.batch_key($1, $2))', key)
    await t.throwsAsync(rollBack(), { instanceOf: LockedError, message: /is locked by/ })
  })
  const signal = AbortSignal.abort(AbortedError.by('SIGTERM'))
  t.like(await t.throwsAsync(rollBack({ signal }), { message: /readers see what they saw before/ }), { exitCode: 143 })
  t.deepEqual(await tableHashes(url), hashes)
  t.deepEqual(await ledger(url), ['replaced kept', 'published published'])
  t.deepEqual(await rowsOf(url, 'select 1 from caseload.pins'), [])
  t.like(await rollBack(), { tries: 1 })
  t.deepEqual(await namesSeen(url), ['first'])
})

test('no row is read under the locks of readers: what is attached is known to be of its day', async t => {
  const { url, publish, rollBack } = await rollbackScene(t)
  await publish('first', 3)
  await publish('second', 4)
  const notices: string[] = []
  await rollBack({ openSession: name => noticing(url, name, notices) })
  const implied = notices.filter(notice => notice.includes('is implied by existing constraints'))
  t.is(implied.length, 3, 'a leaf of each table')
})

/** Decides about the messages that hold a text. */
const at =
  (text: string, fate: Fate): OnMessage =>
  (type, body) =>
    type === 'P' && body.includes(text) ? fate : 'pass'

test('a connection that is lost before the swap changes nothing, one lost at its commit is resolved by the ledger', async t => {
  const { url, publish, rollBack } = await rollbackScene(t)
  await publish('first', 3)
  await publish('second', 4)
  const through = async (onMessage: OnMessage): Promise<Parameters<typeof rollBack>[0]> => {
    const proxy = await startProxy(url, onMessage)
    t.teardown(proxy.close)
    return { openSession: applicationName => connect({ url: proxy.url, applicationName }) }
  }
  await t.throwsAsync(rollBack(await through(at('caseload.rollback(', 'cut'))), {
    message: /lost; nothing was rolled back/,
  })
  t.deepEqual(await namesSeen(url), ['second'])
  await batchIsFree(url)

  const warnings: string[] = []
  const log = {
    info: () => undefined,
    warn: (_: string, message: string) => void warnings.push(message),
    error: () => undefined,
  }
  await rollBack({ ...(await through(at('caseload.rollback(', 'cut the answer'))), log })
  t.deepEqual(await namesSeen(url), ['first'])
  t.true(warnings.some(message => message.startsWith('rolled back, but the replaced version was not dropped')))
  t.deepEqual(await ledger(url), ['published published', 'rolled_back staged'])
  t.is((await tablesIn(url, 'caseload_stage')).length, 2)

  await batchIsFree(url)
  await withSession(url, session => session.query('select caseload.abort_dead_runs($1, $2)', key))
  t.deepEqual(await ledger(url), ['published published', 'rolled_back dropped'])
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
})

test('killed while it waits for readers, it leaves everything as it was, and can be called again', async t => {
  const { url, publish, rollBack } = await rollbackScene(t)
  await publish('first', 3)
  await publish('second', 4)
  const reader = await holdTables(t, url)
  const rolling = rollBack()
  const backend = await publishWaits(url)
  await rowsOf(url, 'select pg_terminate_backend($1)', [backend])
  await t.throwsAsync(rolling, { message: /lost; nothing was rolled back/ })
  await reader.release()
  await batchIsFree(url)
  t.deepEqual(await namesSeen(url), ['second'])
  t.deepEqual(await ledger(url), ['replaced kept', 'published published'])
  await rollBack()
  t.deepEqual(await namesSeen(url), ['first'])
})

test('a day of a merged month is rolled back by itself', async t => {
  const { url, publish, rollBack } = await rollbackScene(t)
  await publish('first', 3)
  const day = (date: string): { of: typeof batch } => ({ of: { ...batch, date } })
  await publish('before', 1, day('2023-05-01'))
  await publish('after', 5, day('2023-05-03'))
  const hashes = await tableHashes(url)
  await publish('second', 4)
  await mergeMonths(url, batch.source, '2023-06-01')
  t.not((await rowsOf(url, `select leaf from caseload.range_leaves where state = 'published'`)).length, 0)
  await rollBack()
  t.deepEqual(await tableHashes(url), hashes)
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
  t.deepEqual(await tablesIn(url, 'caseload_kept'), [])
})

/** Waits until the server has noticed that the client which held the batch is gone. */
async function batchIsFree(url: string): Promise<void> {
  await until(async () => {
    const [row] = await rowsOf(url, 'select caseload.batch_is_locked($1, $2) as held', key)
    return row?.['held'] === false
  })
}
