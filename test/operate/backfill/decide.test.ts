import test from 'ava'
import { daysOf } from '../../../pipelines/source/schedule.ts'
import {
  decide,
  type DecideOptions,
  type SourceFacts,
  type TriedBatch,
} from '../../../pipelines/operate/backfill/decide.ts'
import type { Staleness } from '../../../pipelines/source/fingerprint/staleness.ts'

const unchanged: Staleness = { kind: 'unchanged', reason: 'nothing changed' }
const changedCode: Staleness = { kind: 'code', reason: 'code changed' }

test('each kind of batch under each level', t => {
  const tried = (batch: Partial<TriedBatch>): TriedBatch => ({
    lastRun: 'published',
    lastError: null,
    pinned: null,
    staleness: undefined,
    ...batch,
  })
  const batches: Readonly<Record<string, TriedBatch>> = {
    '2024-02-21': tried({ lastRun: 'refused', lastError: 'RefusedError' }),
    '2024-02-22': tried({ lastRun: 'running' }),
    '2024-02-23': tried({ staleness: unchanged }),
    '2024-02-24': tried({ staleness: unchanged, lastRun: 'failed', lastError: 'DatabaseError' }),
    '2024-02-25': tried({ staleness: changedCode }),
    '2024-02-26': tried({ staleness: unchanged, lastRun: 'rolled_back', pinned: 'wrong doses' }),
    '2024-02-27': tried({ staleness: changedCode }),
    '2024-02-28': tried({ lastRun: 'incomplete', lastError: 'MissingInputError' }),
  }
  const delivered = new Set(daysOf('2024-02-20', '2024-02-26'))
  const source: SourceFacts = {
    source: 'amber',
    installed: true,
    schedule: 'daily',
    delivered,
    tried: new Map(Object.entries(batches)),
  }
  const outcome = (reprocess: DecideOptions['reprocess']): string[] =>
    decide([source], { from: '2024-02-20', to: '2024-02-29', reprocess, reverse: false }).map(
      ({ action, kind }) => `${action} ${kind}`,
    )
  const always = ['run new', 'run failed', 'run running']
  const gone = ['skip not_delivered', 'skip not_delivered']
  t.deepEqual(outcome('unpublished'), [
    ...always,
    'skip unchanged',
    'skip failed',
    'skip stale',
    'skip pinned',
    'skip stale',
    ...gone,
  ])
  t.deepEqual(outcome('failed'), [
    ...always,
    'skip unchanged',
    'run failed',
    'skip stale',
    'skip pinned',
    'skip stale',
    ...gone,
  ])
  t.deepEqual(outcome('stale'), [
    ...always,
    'skip unchanged',
    'run failed',
    'run stale',
    'skip pinned',
    'skip not_delivered',
    ...gone,
  ])
  t.deepEqual(outcome('all'), [
    ...always,
    'run asked',
    'run failed',
    'run stale',
    'skip pinned',
    'skip not_delivered',
    ...gone,
  ])
  t.deepEqual(
    decide([source], { from: '2024-02-26', to: '2024-02-29', reprocess: 'stale', reverse: false }).map(one => [
      one.reason,
      one.lastError,
    ]),
    [
      ['pinned: wrong doses', undefined],
      ['no landing folder; code changed', undefined],
      ['no landing folder; not published, its last run found its input incomplete', 'MissingInputError'],
      ['no landing folder', undefined],
    ],
  )
})

test('a weekly source is due on the weekday of its first delivery', t => {
  const facts: SourceFacts = {
    source: 'amber',
    installed: true,
    schedule: 'weekly',
    delivered: new Set(['2024-02-20']),
    tried: new Map(),
  }
  const options: DecideOptions = { from: '2024-02-20', to: '2024-03-10', reprocess: 'unpublished', reverse: false }
  t.deepEqual(
    decide([facts], options).map(one => `${one.date} ${one.kind}`),
    ['2024-02-20 new', '2024-02-27 not_delivered', '2024-03-05 not_delivered'],
  )
  t.deepEqual(decide([{ ...facts, delivered: new Set() }], options), [])
  const gone = { ...facts, delivered: new Set<string>(), firstPublished: '2024-02-13' }
  t.deepEqual(
    decide([{ ...gone, expectedFrom: '2024-02-21' }], options).map(one => `${one.date} ${one.kind}`),
    ['2024-02-27 not_delivered', '2024-03-05 not_delivered'],
  )
})

test('a day that failed of something is said when its folder is gone; one that never had a folder is not', t => {
  const tried = (lastRun: string, lastError: string): TriedBatch => ({
    lastRun,
    lastError,
    pinned: null,
    staleness: undefined,
  })
  const facts: SourceFacts = {
    source: 'amber',
    installed: true,
    schedule: 'irregular',
    delivered: new Set(),
    tried: new Map([
      ['2024-02-20', tried('refused', 'RefusedError')],
      ['2024-02-21', tried('incomplete', 'NoDeliveryError')],
    ]),
  }
  const options: DecideOptions = { from: '2024-02-20', to: '2024-02-29', reprocess: 'unpublished', reverse: false }
  t.deepEqual(
    decide([facts], options).map(one => [one.date, one.kind, one.reason]),
    [['2024-02-20', 'not_delivered', 'no landing folder; not published, its last run was refused']],
  )
})
