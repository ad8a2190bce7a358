import test from 'ava'
import { batchStates, ledgerAlone } from '../../pipelines/ledger/status.ts'
import { dismiss } from '../../pipelines/ledger/dismiss.ts'
import { isProblem } from '../../pipelines/ledger/batch-states.ts'
import { LockedError, UsageError } from '../../pipelines/platform/errors.ts'
import { readSql } from '../../pipelines/platform/sql.ts'
import { rollbackScene } from '../publish/rollback/scene.ts'
import { rowsOf, withSession } from '../helpers/database.ts'

const day = (date: string) => ({ source: 'source_a', date })
const reason = 'no delivery on a holiday'

test('a day is settled with who, when and why, until it is published; a published one cannot be settled', async t => {
  const { url, publish } = await rollbackScene(t)
  await publish('first', 1)
  await rowsOf(
    url,
    `insert into caseload.sources (source, transformer, class, zone, schedule)
     values ('source_a', 'source_a', 'A', 'UTC', 'daily')`,
  )
  const settle = (date: string, why = reason): Promise<void> =>
    withSession(url, session => dismiss(session, { batch: day(date), reason: why, by: 'jane@ward-1' }))
  const states = async (): Promise<unknown[]> =>
    withSession(url, async session => {
      const window = { sources: [], from: undefined, to: '2023-05-04', now: new Date('2023-06-01') }
      const found = await batchStates(session, window, ledgerAlone)
      return found.map(one => [one.batch_date, one.state, one.problem])
    })
  await settle('2023-05-03', 'mistyped')
  await settle('2023-05-03')
  t.deepEqual(await states(), [
    ['2023-05-02', 'published', false],
    ['2023-05-03', 'dismissed', false],
    ['2023-05-04', 'overdue', true],
  ])
  const [pin] = await rowsOf(
    url,
    `select caseload.pin_reason(kind, reason, pinned_by, '2023-05-09 23:30+00') as why, pinned_at > now() - interval '1 hour' as fresh
     from caseload.pins`,
  )
  t.deepEqual(pin, { why: `dismissed by jane@ward-1 on 2023-05-09: ${reason}`, fresh: true })

  await rowsOf(
    url,
    `insert into caseload.runs (run_id, source, batch_date, status, code_version, host, process_id)
     values (gen_random_uuid(), 'source_a', '2023-05-03', 'refused', '', '', 0)`,
  )
  const [run] = await rowsOf(url, readSql('sql/statements/cli/list_runs.sql'), ['source_a', '2023-05-03', null, 9])
  t.regex(String(run?.['pinned']), /^dismissed by jane@ward-1 on .*: no delivery on a holiday$/)
  const [failed] = await rowsOf(url, readSql('sql/statements/cli/failed_batches.sql'), [null])
  t.is(failed?.['dismissed'], run?.['pinned'])

  await t.throwsAsync(settle('2023-05-02'), { instanceOf: UsageError, message: /is published .* caseload unpublish/ })
  await withSession(url, async session => {
    await session.query(`select pg_advisory_lock(caseload.batch_key('source_a', '2023-05-04'))`)
    await t.throwsAsync(settle('2023-05-04'), { instanceOf: LockedError })
  })
  await publish('late', 1, { of: day('2023-05-03') })
  t.deepEqual(await rowsOf(url, 'select from caseload.pins'), [])
  await rowsOf(url, `select caseload.pin('source_a', '2023-05-03', 'rolled_back', 'wrong doses', null)`)
  await t.throwsAsync(settle('2023-05-03'), { instanceOf: UsageError, message: /is pinned already.*: wrong doses\.$/ })
})

test('what needs attention: not what may still come, nor what is only stale', t => {
  const facts = { lastRun: null, lastError: null, isDue: true, isExpected: true }
  const early = { ...facts, isDue: false }
  t.true(isProblem('not_delivered', facts))
  t.false(isProblem('not_delivered', early))
  // Cron asks on Sundays, too.
  t.false(isProblem('not_delivered', { ...facts, isExpected: false }))
  t.true(isProblem('incomplete', { ...facts, isExpected: false }))
  t.false(isProblem('incomplete', early))
  for (const state of ['failed', 'refused', 'aborted', 'overdue'] as const) t.true(isProblem(state, early), state)
  for (const state of ['running', 'pinned', 'dismissed'] as const) t.false(isProblem(state, facts), state)
  for (const state of ['published', 'stale'] as const) {
    t.false(isProblem(state, { ...facts, lastRun: 'published' }))
    t.true(isProblem(state, { ...facts, lastRun: 'refused' }))
    t.true(isProblem(state, { ...facts, lastRun: 'incomplete', lastError: 'MissingInputError' }))
    t.false(isProblem(state, { ...facts, lastRun: 'incomplete', lastError: 'NoDeliveryError' }))
  }
})
