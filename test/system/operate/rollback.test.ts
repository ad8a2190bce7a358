import test from 'ava'
import { connect } from '../../../pipelines/platform/postgres.ts'
import type { Rollback } from '../../../pipelines/publish/rollback.ts'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { tableHashes } from '../laws/hashes.ts'
import { batch, deliveries, namesSeen, statuses, tablesIn } from '../../publish/batches.ts'

test('rolled back, a batch is as it was and held: a backfill leaves it, and a run takes it up again', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  const call = (command: string, ...flags: readonly string[]): Promise<Ended> =>
    caseload([command, batch.source, batch.date, '--landing', root, ...flags], { url })
  deliver('first')
  t.like(await call('run'), { code: 0 })
  const hashes = await tableHashes(url)

  // A reader whose snapshot is older than every version it will read.
  const old = await connect({ url, applicationName: 'caseload test reader' })
  t.teardown(() => old.end())
  await old.query('begin isolation level repeatable read')
  await old.query('select 1 from caseload.runs')

  for (const name of ['second', 'third']) {
    deliver(name)
    t.like(await call('run', '--keep', '2'), { code: 0 })
  }
  const back = await call('rollback', '--json')
  t.is(back.code, 0, back.stderr)
  t.like(JSON.parse(back.stdout) as Rollback, { ...batch, kept: 1, tries: 1 })
  t.deepEqual((await old.query('select distinct name from store.patients')).rows, [{ name: 'second' }])
  await old.query('commit')
  const again = await call('rollback')
  t.regex(again.stdout, /No older version is kept[.]\nThe batch is pinned/)
  t.deepEqual(await tableHashes(url), hashes)
  t.like(await call('rollback'), { code: 2 })

  const status = await caseload(['status', '--json', '--to', batch.date, '--landing', root], { url })
  t.like(JSON.parse(status.stdout), [{ state: 'pinned' }])
  const range = ['--from', batch.date, '--to', batch.date, '--reprocess', 'all', '--landing', root]
  const backfill = await caseload(['backfill', batch.source, ...range], { url })
  t.is(backfill.code, 0, backfill.stderr)
  t.deepEqual(await namesSeen(url), ['first'])

  t.like(await call('run'), { code: 0 })
  t.deepEqual(await namesSeen(url), ['third'])
  t.deepEqual(await rowsOf(url, 'select 1 from caseload.pins'), [])
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
  t.deepEqual(await statuses(url), ['replaced', 'rolled_back', 'rolled_back', 'published'])
})
