import test from 'ava'
import { hideSmallCounts, nullShare, wilson } from '../../pipelines/report/model/small-counts.ts'

const stay = (definition: string, stays: number, readmissions: number) => ({
  source: 'a',
  month: '2023-05',
  definition,
  stays,
  readmissions,
})

const shown = (...counts: Parameters<typeof hideSmallCounts>[0]) =>
  hideSmallCounts(counts).map(one => (one.stays === null ? null : [one.stays, one.readmissions]))

test('a count under 11, its complement and its total are hidden together', t => {
  t.deepEqual(shown(stay('a', 100, 11)), [[100, 11]])
  t.deepEqual(shown(stay('a', 100, 10)), [null])
  t.deepEqual(shown(stay('a', 100, 90)), [null])
  t.deepEqual(shown(stay('a', 100, 89)), [[100, 89]])
  const [hidden] = hideSmallCounts([stay('a', 20, 5)])
  t.deepEqual(hidden, {
    source: 'a',
    month: '2023-05',
    definition: 'a',
    stays: null,
    readmissions: null,
    rate: null,
    low: null,
    high: null,
  })
})

test('of two definitions whose counts differ by few stays only the first is shown', t => {
  t.deepEqual(shown(stay('a', 100, 20), stay('b', 95, 20)), [[100, 20], null])
  t.deepEqual(shown(stay('a', 100, 20), stay('b', 100, 25)), [[100, 20], null])
  t.deepEqual(shown(stay('a', 100, 40), stay('b', 80, 20)), [
    [100, 40],
    [80, 20],
  ])
  t.deepEqual(shown(stay('a', 100, 40), stay('b', 95, 30)), [[100, 40], null])
  t.deepEqual(shown(stay('a', 100, 40), stay('b', 100, 40)), [
    [100, 40],
    [100, 40],
  ])
  t.deepEqual(shown({ ...stay('a', 100, 20), month: '2023-04' }, stay('b', 95, 20)), [
    [100, 20],
    [95, 20],
  ])
})

test('a share of nulls speaks of many rows or not at all', t => {
  t.is(nullShare(100, 50), 0.5)
  t.is(nullShare(100, 0), 0)
  t.is(nullShare(100, 100), 1)
  t.is(nullShare(100, 10), null)
  t.is(nullShare(100, 95), null)
  t.is(nullShare(10, 0), null)
})

test('the interval is that of Wilson', t => {
  // Brown, Cai and DasGupta (2001): 2 of 20.
  const { low, high } = wilson(2, 20)
  t.is(low.toFixed(4), '0.0279')
  t.is(high.toFixed(4), '0.3010')
})
