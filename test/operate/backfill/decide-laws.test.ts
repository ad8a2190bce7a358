import test from 'ava'
import fc from 'fast-check'
import { daysOf, weekdayOf } from '../../../pipelines/source/schedule.ts'
import {
  decide,
  type DecideOptions,
  type Decision,
  reprocessLevels,
  type SourceFacts,
  type TriedBatch,
} from '../../../pipelines/operate/backfill/decide.ts'
import type { Staleness } from '../../../pipelines/source/fingerprint/staleness.ts'

const firstDay = '2024-02-20'
const lastDay = '2024-03-10'
const days = daysOf(firstDay, lastDay)
const unchanged: Staleness = { kind: 'unchanged', reason: 'nothing changed' }
const changedCode: Staleness = { kind: 'code', reason: 'code changed' }

const anyTried: fc.Arbitrary<TriedBatch> = fc.record({
  lastRun: fc.constantFrom('published', 'running', 'failed', 'refused', 'incomplete', 'aborted', 'rolled_back'),
  lastError: fc.constantFrom(null, 'RefusedError', 'NoDeliveryError'),
  pinned: fc.constantFrom(null, null, null, 'rolled back'),
  staleness: fc.constantFrom(undefined, unchanged, changedCode),
})

const anySources: fc.Arbitrary<readonly SourceFacts[]> = fc
  .tuple(...['zinc', 'amber', 'coral'].map(source => anySource(source)))
  .chain(sources => fc.subarray(sources))

function anySource(source: string): fc.Arbitrary<SourceFacts> {
  return fc.record({
    source: fc.constant(source),
    installed: fc.constantFrom(true, true, false),
    schedule: fc.constantFrom('daily', 'weekdays', 'weekly', 'irregular'),
    delivered: fc.subarray([...days]).map(some => new Set(some)),
    tried: fc.array(fc.tuple(fc.constantFrom(...days), anyTried)).map(some => new Map(some)),
  })
}

const anyOptions: fc.Arbitrary<DecideOptions> = fc
  .record({
    ends: fc.tuple(fc.nat(days.length - 1), fc.nat(days.length - 1)),
    reprocess: fc.constantFrom(...reprocessLevels),
    reverse: fc.boolean(),
  })
  .map(({ ends, ...rest }) => {
    const [from = 0, to = 0] = [...ends].sort((a, b) => a - b)
    return { from: days[from] ?? '', to: days[to] ?? '', ...rest }
  })

const keyOf = ({ source, date }: Pick<Decision, 'source' | 'date'>): string => `${date} ${source}`

test('every batch of the range is decided about once, both ends included, and nothing else', t => {
  fc.assert(
    fc.property(anySources, anyOptions, (sources, options) => {
      const keys = decide(sources, options).map(keyOf)
      t.is(new Set(keys).size, keys.length)
      for (const { source, installed, schedule, delivered, tried } of sources) {
        for (const date of days) {
          const isAsked = date >= options.from && date <= options.to
          const batch = tried.get(date)
          const isOpen = batch !== undefined && batch.lastError !== 'NoDeliveryError'
          const isThere = delivered.has(date) || isOpen || (batch?.staleness ?? batch?.pinned) != null
          const isDue = installed && (schedule === 'daily' || (schedule === 'weekdays' && weekdayOf(date) % 6 !== 0))
          // On which weekday a weekly source is due is asked below.
          if (isAsked && !isThere && schedule === 'weekly') continue
          t.is(keys.includes(keyOf({ source, date })), isAsked && (isThere || isDue), keyOf({ source, date }))
        }
      }
    }),
  )
})

test('decisions come by day, then by source; in reverse the newest day is first', t => {
  fc.assert(
    fc.property(anySources, anyOptions, (sources, options) => {
      const forward = decide(sources, { ...options, reverse: false })
      t.deepEqual(forward.map(keyOf), forward.map(keyOf).sort())
      const backward = decide(sources, { ...options, reverse: true })
      const byDay = (list: readonly Decision[]): string[] => [...new Set(list.map(one => one.date))]
      t.deepEqual(byDay(backward), byDay(forward).reverse())
      t.deepEqual(backward.map(keyOf).sort(), forward.map(keyOf))
    }),
  )
})

test('once all that was to run is published, nothing is left to run', t => {
  fc.assert(
    fc.property(anySources, anyOptions, fc.nat(), (sources, options, killedAfter) => {
      // To ask for all is to ask for what is published, too.
      fc.pre(options.reprocess !== 'all')
      const todo = decide(sources, options).filter(one => one.action === 'run')
      t.deepEqual(
        decide(publish(sources, todo), options).filter(one => one.action === 'run'),
        [],
      )
      // Killed on the way, it goes on with what is not published, in the same order.
      const done = todo.slice(0, killedAfter % (todo.length + 1))
      const rest = decide(publish(sources, done), options).filter(one => one.action === 'run')
      t.deepEqual(rest, todo.slice(done.length))
    }),
  )
})

test('each level runs what the level before it runs', t => {
  fc.assert(
    fc.property(anySources, anyOptions, (sources, options) => {
      const runs = reprocessLevels.map(reprocess =>
        decide(sources, { ...options, reprocess })
          .filter(one => one.action === 'run')
          .map(keyOf),
      )
      for (const [index, level] of runs.entries()) {
        const before = runs[index - 1] ?? []
        t.deepEqual(
          before.filter(key => !level.includes(key)),
          [],
        )
      }
    }),
  )
})

test('nothing runs that is held, not delivered or has no code here', t => {
  fc.assert(
    fc.property(anySources, anyOptions, (sources, options) => {
      for (const { source, date, action, kind } of decide(sources, options)) {
        const facts = sources.find(one => one.source === source)
        const isHeld = (facts?.tried.get(date)?.pinned ?? null) !== null
        if (isHeld) t.is(kind, 'pinned')
        if (isHeld || facts?.installed !== true || !facts.delivered.has(date)) t.is(action, 'skip')
      }
    }),
  )
})

/** The facts once these batches were run and published. */
function publish(sources: readonly SourceFacts[], done: readonly Decision[]): readonly SourceFacts[] {
  return sources.map(facts => {
    const own = done.filter(one => one.source === facts.source)
    const published: TriedBatch = { lastRun: 'published', lastError: null, pinned: null, staleness: unchanged }
    return { ...facts, tried: new Map([...facts.tried, ...own.map(({ date }) => [date, published] as const)]) }
  })
}
