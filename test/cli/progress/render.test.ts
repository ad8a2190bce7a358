import test from 'ava'
import fc from 'fast-check'
import { outcomes } from '../../../pipelines/operate/backfill/outcome.ts'
import { rowsPerSecond, timeLeft } from '../../../pipelines/cli/progress/estimate.ts'
import { renderLines } from '../../../pipelines/cli/progress/render.ts'
import {
  newProgress,
  type ProgressEvent,
  progressed,
  type ProgressState,
} from '../../../pipelines/cli/progress/state.ts'
import type { Stage } from '../../../pipelines/run/run-listener.ts'

const batch = { source: 'source_a', date: '2023-05-01' }
const other = { source: 'icu__north', date: '2023-05-02' }
const screen = { columns: 80, rows: 24, color: false }

function after(
  total: number | undefined,
  steps: readonly (readonly [at: number, event: ProgressEvent])[],
): ProgressState {
  return steps.reduce((state, [at, event]) => progressed(state, event, at), newProgress(total, 0))
}

test('one line per running batch and one for all; the remaining time appears once a batch is done', t => {
  const begun = after(4, [
    [0, { kind: 'begin', batch }],
    [0, { kind: 'begin', batch: other }],
    [500, { kind: 'stage', batch, stage: 'stage' }],
    [2500, { kind: 'rows', batch, rows: 34_567 }],
    [4500, { kind: 'rows', batch, rows: 1_234_567 }],
  ])
  t.deepEqual(renderLines(begun, screen, 4500), [
    'source_a    2023-05-01  stage    1,234,567 rows  600,000 rows/s  4 s',
    'icu__north  2023-05-02  start                                    4 s',
    '0 of 4 batches, 0 rows, 4 s',
  ])
  const outcome = { batch, outcome: 'refused', reason: 'no' } as const
  const one = progressed(begun, { kind: 'end', outcome }, 10_000)
  t.deepEqual(renderLines(one, screen, 10_000), [
    'icu__north  2023-05-02  start    10 s',
    '1 of 4 batches, 1 failed, 0 rows, 10 s, about 10 s left',
  ])
})

test('a command of one batch has no line for all batches, and a command without batches has no line', t => {
  const state = after(undefined, [[0, { kind: 'begin', batch }]])
  t.deepEqual(renderLines(state, screen, 0), ['source_a  2023-05-01  start    0 s'])
  t.deepEqual(renderLines(newProgress(0, 0), screen, 0), [])
})

test('the rate stays the same after copying, and starts again with each attempt', t => {
  const copied = after(1, [
    [0, { kind: 'begin', batch }],
    [1000, { kind: 'stage', batch, stage: 'stage' }],
    [2000, { kind: 'rows', batch, rows: 400 }],
    [2500, { kind: 'rows', batch, rows: 1000 }],
    [4000, { kind: 'stage', batch, stage: 'audit' }],
    [5000, { kind: 'stage', batch, stage: 'publish' }],
  ])
  t.is(speedOf(copied, 5000), 300)
  t.is(speedOf(copied, 60_000), 300)
  const again = progressed(copied, { kind: 'stage', batch, stage: 'lock' }, 61_000)
  t.is(speedOf(again, 62_000), undefined)
  t.is(again.running[0]?.rows, 0)
})

function speedOf(state: ProgressState, now: number): number | undefined {
  const [first] = state.running
  return first === undefined ? undefined : rowsPerSecond(first, now)
}

test('the remaining time is estimated from batches that needed work, with as many at once as ran', t => {
  const day = (n: number): typeof batch => ({ source: 'source_a', date: `2023-05-0${n}` })
  const skipped = after(9, [
    [0, { kind: 'begin', batch: day(1) }],
    [1, { kind: 'end', outcome: { batch: day(1), outcome: 'skipped', reason: '' } }],
  ])
  t.is(timeLeft(skipped, 1), undefined)
  const two = [
    [1, { kind: 'begin', batch: day(2) }],
    [1, { kind: 'begin', batch: day(3) }],
    [1001, { kind: 'end', outcome: { batch: day(2), outcome: 'published', reason: '' } }],
    [1001, { kind: 'begin', batch: day(4) }],
  ] as const
  const worked = two.reduce((state, [at, event]) => progressed(state, event, at), skipped)
  // Five wait, one has just started, one is almost done: six seconds of work for two at once.
  t.is(timeLeft(worked, 1001), 3000)
  const last = after(2, [...two.slice(0, 3), [1001, { kind: 'begin', batch: day(4) }]])
  t.is(timeLeft(last, 1501), 500)
  t.is(timeLeft(last, 9000), undefined)
  t.is(timeLeft({ ...worked, total: undefined }, 1001), undefined)
})

test('more running batches than rows are summed up', t => {
  const batches = Array.from({ length: 9 }, (_, i) => ({ source: 'source_a', date: `2023-05-0${i + 1}` }))
  const state = batches.reduce(
    (before, one, i) => {
      const begun = progressed(before, { kind: 'begin', batch: one }, i)
      const staged = progressed(begun, { kind: 'stage', batch: one, stage: 'stage' }, i)
      const copying = progressed(staged, { kind: 'rows', batch: one, rows: 1 }, i)
      return progressed(copying, { kind: 'rows', batch: one, rows: 1000 }, i)
    },
    newProgress(9, 0),
  )
  const lines = renderLines(state, { ...screen, rows: 6 }, 1000)
  t.is(lines.length, 5)
  t.regex(lines[2] ?? '', /^source_a {2}2023-05-03/)
  t.regex(lines[3] ?? '', /^and 6 more: 6,000 rows, 6,\d\d\d rows\/s$/)
  t.regex(lines[4] ?? '', /^0 of 9 batches/)
  t.deepEqual(renderLines(state, { ...screen, rows: 3 }, 1000).length, 2)
  t.deepEqual(renderLines(state, { ...screen, rows: 1 }, 1000), ['0 of 9 batches, 0 rows, 1 s'])
})

const anyBatch = fc.record({
  source: fc.constantFrom('a', 'source_a', 'home_monitoring__north_east_1'),
  date: fc.constantFrom('2023-05-01', '2023-05-02', '2024-02-29'),
})
const anyRows = fc.oneof(fc.nat(), fc.integer(), fc.constantFrom(Number.NaN, Infinity, -1, 2 ** 53 - 1, 0.5))
const anyEvent: fc.Arbitrary<ProgressEvent> = fc.oneof(
  fc.record({ kind: fc.constant('begin' as const), batch: anyBatch }),
  fc.record({
    kind: fc.constant('stage' as const),
    batch: anyBatch,
    stage: fc.constantFrom<Stage>('lock', 'read', 'stage', 'audit', 'publish'),
  }),
  fc.record({ kind: fc.constant('rows' as const), batch: anyBatch, rows: anyRows }),
  fc.record({
    kind: fc.constant('end' as const),
    outcome: fc.record({
      batch: anyBatch,
      outcome: fc.constantFrom(...outcomes),
      reason: fc.string(),
      rows: fc.nat(),
    }),
  }),
)

test('lines always fit the screen, rates are never negative, and styles end in their line', t => {
  const steps = fc.array(fc.tuple(fc.nat(100_000), anyEvent), { maxLength: 40 })
  const sizes = fc.record({ columns: fc.integer({ min: 1, max: 120 }), rows: fc.integer({ min: 1, max: 12 }) })
  const totals = fc.option(fc.nat(5000), { nil: undefined })
  fc.assert(
    fc.property(totals, steps, sizes, fc.boolean(), (total, events, size, color) => {
      let now = 0
      let state = newProgress(total, now)
      for (const [ms, event] of events) {
        now += ms
        state = progressed(state, event, now)
        for (const one of state.running) {
          const speed = rowsPerSecond(one, now)
          if (speed !== undefined && !(Number.isFinite(speed) && speed >= 0)) return false
        }
        const left = timeLeft(state, now)
        if (left !== undefined && !(Number.isFinite(left) && left > 0)) return false
        const lines = renderLines(state, { ...size, color }, now)
        if (lines.length > Math.max(1, size.rows - 1)) return false
        if (!lines.every(line => fits(line, size.columns))) return false
      }
      return true
    }),
    { numRuns: 300 },
  )
  t.pass()
})

function fits(line: string, columns: number): boolean {
  // eslint-disable-next-line no-control-regex -- only sequences that styledLine writes
  const shown = line.replaceAll(/\u001b\[(2|31)m([^\u001b]*)\u001b\[(22|39)m/g, '$2')
  return /^[ -~]*…?$/.test(shown) && shown.length <= Math.max(0, columns - 3) && !/NaN|-\d+ rows|Infinity/.test(shown)
}
