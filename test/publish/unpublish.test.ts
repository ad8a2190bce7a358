import { EventEmitter, once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { publishedSince } from '../../pipelines/ledger/published-since.ts'
import { LockedError, UsageError } from '../../pipelines/platform/errors.ts'
import { lockWaitLimits } from '../../pipelines/platform/lock-wait.ts'
import { connect } from '../../pipelines/platform/postgres.ts'
import { martLock } from '../../pipelines/publish/swap-version.ts'
import { unpublish, type Unpublished, type UnpublishOptions } from '../../pipelines/publish/unpublish.ts'
import { rowsOf, withSession } from '../helpers/database.ts'
import { until } from '../helpers/until.ts'
import { mergeMonths } from '../operate/plan/staging.ts'
import { tableHashes } from '../system/laws/hashes.ts'
import { type OnMessage, startProxy } from '../system/laws/message-proxy.ts'
import { holdTables, namesSeen, publishWaits, tablesIn } from './batches.ts'
import { batch, ledger, quarantined, type Scene, rollbackScene } from './rollback/scene.ts'

const say = (): void => undefined

interface UnpublishScene extends Scene {
  readonly take: (parts?: Partial<UnpublishOptions>) => Promise<Unpublished>
}

async function unpublishScene(t: ExecutionContext): Promise<UnpublishScene> {
  const scene = await rollbackScene(t)
  return {
    ...scene,
    take: parts =>
      unpublish({
        batch,
        reason: 'file of another hospital',
        by: 'jane@ward-1',
        openSession: applicationName => connect({ url: scene.url, applicationName }),
        log: { info: say, warn: say, error: say },
        signal: new AbortController().signal,
        ...parts,
      }),
  }
}

const pins = (url: string): Promise<Record<string, unknown>[]> =>
  rowsOf(url, 'select kind, reason, pinned_by from caseload.pins')

test('a batch leaves all tables, its version is kept and its day pinned; a rollback brings it back, and so does a run', async t => {
  const { url, publish, rollBack, take } = await unpublishScene(t)
  await publish('other', 2, { of: { ...batch, date: '2023-05-01' } })
  const without = await tableHashes(url)
  const first = await publish('first', 3)
  const hashes = await tableHashes(url)
  const [clock] = await rowsOf(url, 'select clock_timestamp()::text as now')

  t.deepEqual(await take(), { ...batch, runId: first, rows: 9 })
  t.deepEqual(await tableHashes(url), without)
  t.deepEqual(await quarantined(url), ['other'])
  t.deepEqual(await ledger(url), ['published published', 'replaced kept'])
  t.deepEqual(await pins(url), [{ kind: 'unpublished', reason: 'file of another hospital', pinned_by: 'jane@ward-1' }])
  const what = await withSession(url, session => publishedSince(session, batch, String(clock?.['now'])))
  t.regex(
    what ?? '',
    /^unpublished by jane@ward-1 on .*: file of another hospital$/,
    'a backfill that began before skips it',
  )
  await t.throwsAsync(take(), { instanceOf: UsageError, message: /found none\./ })
  // As a gc does that keeps one version.
  await rowsOf(url, `select caseload.gc_batch('source_a', '2023-05-02', 1, '{}')`)

  t.like(await rollBack(), { rolledBack: null, restored: { runId: first, rows: 9 }, kept: 0 })
  t.deepEqual(await tableHashes(url), hashes)
  t.deepEqual(await quarantined(url), ['first', 'other'])
  t.like((await pins(url))[0], { kind: 'rolled_back', pinned_by: null })

  await take()
  await publish('second', 4)
  t.deepEqual(await namesSeen(url), ['other', 'second'])
  t.deepEqual(await pins(url), [])
  t.deepEqual(await ledger(url), ['published published', 'replaced kept', 'published published'])
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
})

test('a day of a merged month leaves by itself, and comes back into the month', async t => {
  const { url, publish, rollBack, take } = await unpublishScene(t)
  const day = (date: string): { of: typeof batch } => ({ of: { ...batch, date } })
  await publish('before', 1, day('2023-05-01'))
  await publish('after', 5, day('2023-05-03'))
  const without = await tableHashes(url)
  await publish('first', 3)
  const hashes = await tableHashes(url)
  await mergeMonths(url, batch.source, '2023-06-01')
  await take()
  t.deepEqual(await tableHashes(url), without)
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
  // Merged again around the day that is gone.
  await mergeMonths(url, batch.source, '2023-06-01')
  t.deepEqual(await tableHashes(url), without)
  await rollBack()
  t.deepEqual(await tableHashes(url), hashes)
  t.deepEqual(await tablesIn(url, 'caseload_kept'), [])
})

test('a change waits longer for a refresh of the marts than for other readers', async t => {
  const { url, publish, take } = await unpublishScene(t)
  await publish('first', 3)
  const reader = await holdTables(t, url)
  await reader.session.query('select pg_advisory_lock(hashtextextended($1, 0))', [martLock])
  const waiting = new EventEmitter()
  const info = (_stage: string, text: string): void => {
    if (text.includes('waits for readers')) waiting.emit('seen')
  }
  const seen = once(waiting, 'seen')
  // Its usual budget is over at the first attempt.
  const limits = { ...lockWaitLimits, budgetMs: 0, lockTimeoutMs: 20 }
  const taking = take({ limits, log: { info, warn: say, error: say } })
  await Promise.race([seen, taking])
  await reader.session.query('select pg_advisory_unlock(hashtextextended($1, 0))', [martLock])
  await t.throwsAsync(taking, { instanceOf: LockedError, message: /Readers held source_a/ })
  await reader.release()
  t.deepEqual(await ledger(url), ['published published'])
})

test('readers that stay, a signal and a killed session leave it published; a commit whose answer is lost counts', async t => {
  const { url, publish, take } = await unpublishScene(t)
  await publish('first', 3)
  const hashes = await tableHashes(url)
  const limits = { ...lockWaitLimits, budgetMs: 200, lockTimeoutMs: 20, everyTenthMs: 40 }
  const reader = await holdTables(t, url)
  await t.throwsAsync(take({ limits }), { instanceOf: LockedError, message: /Readers held source_a/ })
  const taking = take()
  const backend = await publishWaits(url)
  await rowsOf(url, 'select pg_terminate_backend($1)', [backend])
  await t.throwsAsync(taking, { message: /lost; source_a 2023-05-02 was not unpublished/ })
  await reader.release()
  t.deepEqual(await tableHashes(url), hashes)
  t.deepEqual(await pins(url), [])
  t.deepEqual(await ledger(url), ['published published'])

  await until(async () => {
    const [row] = await rowsOf(url, `select caseload.batch_is_locked('source_a', '2023-05-02') as held`)
    return row?.['held'] === false
  })
  const onMessage: OnMessage = (type, body) =>
    type === 'P' && body.includes('caseload.unpublish(') ? 'cut the answer' : 'pass'
  const proxy = await startProxy(url, onMessage)
  t.teardown(proxy.close)
  await take({ openSession: applicationName => connect({ url: proxy.url, applicationName }) })
  t.deepEqual(await namesSeen(url), [])
  t.deepEqual(await ledger(url), ['replaced kept'])
})
