import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { type BatchesAsked, decideBatches, problemsError } from '../../pipelines/backfill/decide-batches.ts'
import type { Decision } from '../../pipelines/backfill/decide.ts'
import { CaseloadError, MissingInputError, UsageError } from '../../pipelines/errors.ts'
import { shippedSources } from '../../pipelines/sources.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { eventsFile, testLanding } from '../helpers/landing.ts'

test('an end of the range that is not given is that of what was delivered', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, '[]')
  const decided = async (asked: Partial<BatchesAsked>): Promise<readonly Decision[]> => {
    const { decisions, problems } = await withSession(url, session =>
      decideBatches(
        { session, landing: landing.root, workRoot: tmpdir(), env: {}, sourceFolders: [shippedSources] },
        { sources: ['source_a'], from: undefined, to: undefined, reprocess: 'missing', reverse: false, ...asked },
      ),
    )
    t.deepEqual(problems, [])
    return decisions
  }
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

test('a source that is broken here keeps no other from its turn', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, '[]')
  landing.write('broken/20230501/people.csv', 'patient_id\nP1\n')
  // What no user can list, root included: a file in the place of a folder.
  landing.write('source_b', '')
  const own = mkdtempSync(join(tmpdir(), 'caseload-sources-'))
  t.teardown(() => {
    rmSync(own, { recursive: true, force: true })
  })
  mkdirSync(join(own, 'broken'))
  writeFileSync(join(own, 'broken/broken.js'), 'export class {\n')
  const { decisions, problems } = await withSession(url, session =>
    decideBatches(
      { session, landing: landing.root, workRoot: tmpdir(), env: {}, sourceFolders: [own, shippedSources] },
      {
        sources: ['source_b', 'broken', 'source_a'],
        from: undefined,
        to: undefined,
        reprocess: 'missing',
        reverse: false,
      },
    ),
  )
  t.deepEqual(
    decisions.map(one => [one.source, one.date, one.action]),
    [['source_a', '2023-05-01', 'run']],
  )
  t.deepEqual(
    problems.map(one => [one.source, one.error.name]),
    [
      ['broken', 'UsageError'],
      ['source_b', 'MissingInputError'],
    ],
  )
  t.regex(problems[0]?.error.message ?? '', /broken\.js cannot be loaded/)
  t.regex(problems[1]?.error.message ?? '', /found a file: .*source_b/)
  t.true(problemsError(problems.slice(1)) instanceof MissingInputError)
  const both = problemsError(problems)
  t.true(both instanceof CaseloadError && both.exitCode === 1)
  t.regex(both.message, /cannot be loaded.*found a file/s)
})
