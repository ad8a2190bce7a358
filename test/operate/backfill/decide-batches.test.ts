import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { type BatchesAsked, decideBatches, problemsError } from '../../../pipelines/operate/backfill/decide-batches.ts'
import type { Decision } from '../../../pipelines/operate/backfill/decide.ts'
import { CaseloadError, MissingInputError, UsageError } from '../../../pipelines/platform/errors.ts'
import { shippedSources } from '../../../pipelines/source/load-source.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { eventsFile, testLanding } from '../../helpers/landing.ts'

test('an end of the range that is not given is that of what was delivered', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, '[]')
  const now = new Date('2023-05-10T12:00:00Z')
  const decided = async (asked: Partial<BatchesAsked>): Promise<readonly Decision[]> => {
    const { decisions, problems } = await withSession(url, session =>
      decideBatches(
        {
          session,
          landing: landing.root,
          env: {},
          sourceFolders: [shippedSources],
          now,
        },
        { sources: ['source_a'], from: undefined, to: undefined, reprocess: 'unpublished', reverse: false, ...asked },
      ),
    )
    t.deepEqual(problems, [])
    return decisions
  }
  const [only] = await decided({})
  t.like(only, { source: 'source_a', date: '2023-05-01', action: 'run', kind: 'new' })
  t.deepEqual(
    (await decided({ from: '2023-04-30', to: '2023-05-01' })).map(({ date, kind }) => [date, kind]),
    [
      ['2023-04-30', 'not_delivered'],
      ['2023-05-01', 'new'],
    ],
  )
  // A nightly call with --from a week ago, of a source that has not delivered since: its schedule says what is due.
  const since = await decided({ from: '2023-05-02' })
  t.is(since[0]?.date, '2023-05-02')
  t.deepEqual([...new Set(since.map(one => one.kind))], ['not_delivered'])
  const strict = await decided({ strict: true })
  t.deepEqual(strict.slice(1, since.length + 1), since)
  for (const last of [since.at(-1)?.date, strict.at(-1)?.date]) t.is(last, '2023-05-08')
  t.deepEqual(await decided({ from: '9999-01-01' }), [])
  t.deepEqual(await decided({ to: '2023-04-30' }), [])
  await t.throwsAsync(decided({ from: '2023-05-02', to: '2023-05-01' }), {
    instanceOf: UsageError,
    message: /2023-05-02 \.\. 2023-05-01/,
  })
  await t.throwsAsync(decided({ sources: ['source_x'] }), { instanceOf: UsageError, message: /found source_x/ })
})

test('a folder of 2099 or 2210 makes no day due: what is due ends with the last day before that has a folder', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  for (const day of ['20230501', '20230503', '22100101']) landing.write(`source_a/${day}/visit_events.json`, '[]')
  for (const day of ['20230502', '20990101']) landing.write(`source_b/${day}/encounters.csv`, '')
  const decided = async (asked: Partial<BatchesAsked>): Promise<readonly string[]> => {
    const { decisions } = await withSession(url, session =>
      decideBatches(
        {
          session,
          landing: landing.root,
          env: {},
          sourceFolders: [shippedSources],
          now: new Date('2023-05-07T12:00:00Z'),
        },
        { sources: [], from: undefined, to: undefined, reprocess: 'unpublished', reverse: false, ...asked },
      ),
    )
    return decisions.map(({ source, date, kind }) => `${source} ${date} ${kind}`)
  }
  const future = ['source_b 2099-01-01 future', 'source_a 2210-01-01 future']
  t.deepEqual(await decided({}), [
    'source_a 2023-05-01 new',
    'source_b 2023-05-01 not_delivered',
    'source_a 2023-05-02 not_delivered',
    'source_b 2023-05-02 new',
    'source_a 2023-05-03 new',
    'source_b 2023-05-03 not_delivered',
    ...future,
  ])
  t.deepEqual(await decided({ from: '2023-05-04', sources: ['source_a'] }), [
    'source_a 2023-05-04 not_delivered',
    'source_a 2023-05-05 not_delivered',
    'source_a 2210-01-01 future',
  ])
})

test('a source whose folder is gone is decided about from what the ledger knows, as far as it has published', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const decided = async (asked: Partial<BatchesAsked>): Promise<readonly string[]> => {
    const { decisions } = await withSession(url, session =>
      decideBatches(
        {
          session,
          landing: landing.root,
          env: {},
          sourceFolders: [shippedSources],
          now: new Date(),
        },
        { sources: [], from: undefined, to: undefined, reprocess: 'unpublished', reverse: false, ...asked },
      ),
    )
    return decisions.map(({ source, date, kind }) => `${source} ${date} ${kind}`)
  }
  t.deepEqual(await decided({}), [])
  await rowsOf(
    url,
    `insert into caseload.runs (run_id, source, batch_date, status, error_class, code_version, host, process_id)
     values
       (gen_random_uuid(), 'source_a', '2023-05-02', 'published', null, '', '', 0),
       (gen_random_uuid(), 'source_a', '2023-05-05', 'published', null, '', '', 0),
       (gen_random_uuid(), 'source_a__nroth', '2023-05-03', 'incomplete', 'NoDeliveryError', '', '', 0),
       (gen_random_uuid(), 'gone', '2023-05-02', 'published', null, '', '', 0)`,
  )
  t.deepEqual(await decided({ from: '2023-05-01', to: '2023-05-03' }), [
    'gone 2023-05-02 no_source',
    'source_a 2023-05-02 stale',
    'source_a 2023-05-03 not_delivered',
  ])
  t.deepEqual(
    (await decided({})).filter(one => one.startsWith('source_a')),
    [
      'source_a 2023-05-02 stale',
      ...['03', '04'].map(day => `source_a 2023-05-${day} not_delivered`),
      'source_a 2023-05-05 stale',
    ],
  )
  // A folder without a day is a source's all the same.
  mkdirSync(join(landing.root, 'icu'))
  mkdirSync(join(landing.root, 'archive'))
  t.deepEqual(await decided({ from: '2023-05-03', to: '2023-05-03' }), [
    'icu 2023-05-03 not_delivered',
    'source_a 2023-05-03 not_delivered',
  ])
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
      {
        session,
        landing: landing.root,
        env: {},
        sourceFolders: [own, shippedSources],
        now: new Date(),
      },
      {
        sources: ['source_b', 'broken', 'source_a'],
        from: undefined,
        to: undefined,
        reprocess: 'unpublished',
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
