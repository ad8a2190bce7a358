import test from 'ava'
import { retryable, type FailedBatch } from '../../../pipelines/operate/backfill/retryable.ts'
import { isFailure } from '../../../pipelines/operate/backfill/outcome.ts'
import { openLandingView } from '../../../pipelines/landing/open-landing-view.ts'
import { eventsFile, testLanding } from '../../helpers/landing.ts'

test('only what has a landing folder now is tried again; what is left keeps why it failed', async t => {
  const landing = testLanding(t)
  landing.write(eventsFile, '[]')
  // What no user can list, root included: a file in the place of a folder.
  landing.write('source_b', '')
  const tried = (source: string, date: string, status: FailedBatch['status'], errorClass: string): FailedBatch => ({
    batch: { source, date },
    status,
    errorClass,
  })
  const view = await openLandingView({ landing: landing.root, env: {} })
  const { tasks, others } = await retryable(view, [
    tried('source_a', '2023-05-01', 'incomplete', 'NoDeliveryError'),
    tried('source_a', '2023-05-02', 'incomplete', 'NoDeliveryError'),
    tried('source_a', '2023-05-03', 'refused', 'RefusedError'),
    tried('source_b', '2023-05-01', 'failed', 'DatabaseError'),
  ])
  view.close()
  t.deepEqual(
    tasks.map(one => [one.batch.date, one.reason, one.lastError]),
    [['2023-05-01', 'its last run ended as incomplete', 'NoDeliveryError']],
  )
  t.deepEqual(
    others.map(one => [one.batch.date, one.outcome, isFailure(one)]),
    [
      ['2023-05-02', 'not_delivered', false],
      ['2023-05-03', 'not_delivered', true],
      ['2023-05-01', 'failed', true],
    ],
  )
  t.is(
    others[1]?.reason,
    'no landing folder; its last run ended as refused; if it will not come: caseload dismiss source_a ' +
      "2023-05-03 --reason '...'",
  )
  t.is(others[1]?.lastError, 'RefusedError')
  t.regex(others[2]?.reason ?? '', /found a file: .*source_b/)
})
