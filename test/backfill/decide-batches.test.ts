import { tmpdir } from 'node:os'
import test from 'ava'
import { type BatchesAsked, decideBatches } from '../../pipelines/backfill/decide-batches.ts'
import type { Decision } from '../../pipelines/backfill/decide.ts'
import { UsageError } from '../../pipelines/errors.ts'
import { shippedSources } from '../../pipelines/sources.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { eventsFile, testLanding } from '../helpers/landing.ts'

test('an end of the range that is not given is that of what was delivered', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, '[]')
  const decided = (asked: Partial<BatchesAsked>): Promise<readonly Decision[]> =>
    withSession(url, session =>
      decideBatches(
        { session, landing: landing.root, workRoot: tmpdir(), env: {}, sourceFolders: [shippedSources] },
        { sources: ['source_a'], from: undefined, to: undefined, reprocess: 'missing', reverse: false, ...asked },
      ),
    )
  const [only] = await decided({})
  t.like(only, { source: 'source_a', date: '2023-05-01', action: 'run', kind: 'new' })
  t.deepEqual(
    (await decided({ from: '2023-04-30' })).map(({ date, kind }) => [date, kind]),
    [
      ['2023-04-30', 'no delivery'],
      ['2023-05-01', 'new'],
    ],
  )
  // A nightly call with --from a week ago, of a source that has not delivered since: nothing to do, and no error.
  t.deepEqual(await decided({ from: '2023-05-02' }), [])
  t.deepEqual(await decided({ to: '2023-04-30' }), [])
  await t.throwsAsync(decided({ from: '2023-05-02', to: '2023-05-01' }), {
    instanceOf: UsageError,
    message: /2023-05-02 \.\. 2023-05-01/,
  })
  await t.throwsAsync(decided({ sources: ['source_x'] }), { instanceOf: UsageError, message: /no source_x/ })
})
