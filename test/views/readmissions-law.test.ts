import test from 'ava'
import fc from 'fast-check'
import { addStays, define, readmissionsOf, type Stay, withStays } from './stays.ts'

/** A stay in hours since midnight of 1 January 2023. */
interface Span {
  readonly patient: string
  readonly visit: string
  readonly start: number
  readonly end: number | undefined
  readonly facility: string | undefined
  readonly disposition: string | undefined
  readonly admission: string | undefined
}

interface Rules {
  readonly window_days: number
  readonly window_end_counts: boolean
  readonly merge_transfers: boolean
  readonly merge_overlaps: boolean
  readonly exclude_died: boolean
  readonly exclude_against_advice: boolean
  readonly exclude_transfers: boolean
  readonly exclude_same_day: boolean
  readonly exclude_planned: boolean
  readonly run_out_days: number | null
}

const newestBatch = 180 // 30 June, in days since 1 January
const day = (hour: number): number => Math.floor(hour / 24)

/** The definition in plain loops, one person's stays at a time: the lines that the view must give. */
function expected(stays: readonly Span[], rules: Rules): readonly string[] {
  const ordered = [...stays].sort(
    (a, b) => a.start - b.start || (a.end ?? Infinity) - (b.end ?? Infinity) || (a.visit < b.visit ? -1 : 1),
  )
  const episodes: Span[][] = []
  ordered.forEach((stay, at) => {
    const before = ordered.slice(0, at)
    let held = before.at(-1)
    if (rules.merge_overlaps) {
      const ended = before.filter(one => one.end !== undefined)
      const last = Math.max(...ended.map(one => one.end ?? 0))
      held = ended.findLast(one => one.end === last) ?? held
    }
    if (held?.end !== undefined && continues(held, held.end, stay, rules)) episodes.at(-1)?.push(stay)
    else episodes.push([stay])
  })
  return episodes.flatMap((episode, at) => {
    const ends = episode.map(one => one.end ?? Infinity)
    const final = episode[ends.lastIndexOf(Math.max(...ends))]
    return episode
      .filter(one => one.end !== undefined)
      .map(one => (one === final ? line(one, episode, episodes[at + 1]?.[0], rules) : `${one.visit} merged -`))
  })
}

function continues(held: Span, end: number, stay: Span, rules: Rules): boolean {
  if (rules.merge_overlaps && stay.start < end) return true
  const gap = day(stay.start) - day(end)
  const moved = held.facility === undefined || stay.facility === undefined || held.facility !== stay.facility
  return rules.merge_transfers && (gap === 0 || gap === 1) && (moved || held.disposition === 'transfer')
}

function line(stay: Span, episode: readonly Span[], next: Span | undefined, rules: Rules): string {
  const end = stay.end ?? 0
  const between = next === undefined ? undefined : day(next.start) - day(end)
  const rest = next === undefined || between === undefined ? '-' : `> ${next.visit} ${between}`
  const reason = exclusion(stay, day(end), day(episode[0]?.start ?? 0), rules)
  if (reason !== undefined) return `${stay.visit} ${reason} ${rest}`
  const inWindow =
    between !== undefined && between >= 0 && between < rules.window_days + (rules.window_end_counts ? 1 : 0)
  const counts = next !== undefined && next.start >= end && !(rules.exclude_planned && next.admission === 'elective')
  return `${stay.visit} ${inWindow && counts ? 'INDEX' : 'index'} ${rest}`
}

function exclusion(stay: Span, lastDay: number, firstDay: number, rules: Rules): string | undefined {
  if (rules.exclude_died && stay.disposition === 'died') return 'died'
  if (rules.exclude_against_advice && stay.disposition === 'against_advice') return 'against_advice'
  if (rules.exclude_transfers && stay.disposition === 'transfer') return 'transfer'
  if (rules.run_out_days !== null && newestBatch - lastDay < rules.run_out_days) return 'run_out'
  if (rules.exclude_same_day && firstDay === lastDay) return 'same_day'
  return undefined
}

const local = (hour: number): string =>
  new Date(Date.UTC(2023, 0, 1, hour)).toISOString().slice(0, 16).replace('T', ' ')

const asStay = ({ start, end, facility, disposition, admission, ...span }: Span): Stay => ({
  ...span,
  from: local(start),
  to: end === undefined ? undefined : local(end),
  ...(facility === undefined ? {} : { facility }),
  ...(disposition === undefined ? {} : { disposition }),
  ...(admission === undefined ? {} : { admission }),
})

const spans = fc
  .array(
    fc.record({
      person: fc.integer({ min: 0, max: 4 }),
      start: fc.integer({ min: 0, max: 60 * 24 }),
      hours: fc.option(fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 480 })), {
        freq: 8,
        nil: undefined,
      }),
      facility: fc.constantFrom('north', 'south', undefined),
      disposition: fc.constantFrom('home', 'home', 'transfer', 'died', 'against_advice', undefined),
      admission: fc.constantFrom('elective', 'urgent', undefined),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map(drawn =>
    drawn.map(({ person, start, hours, ...rest }, at): Span => {
      const end = hours === undefined ? undefined : start + hours
      return { patient: `P${person}`, visit: `V${String(at).padStart(2, '0')}`, start, end, ...rest }
    }),
  )

const rules: fc.Arbitrary<Rules> = fc.record({
  window_days: fc.constantFrom(0, 7, 30),
  window_end_counts: fc.boolean(),
  merge_transfers: fc.boolean(),
  merge_overlaps: fc.boolean(),
  exclude_died: fc.boolean(),
  exclude_against_advice: fc.boolean(),
  exclude_transfers: fc.boolean(),
  exclude_same_day: fc.boolean(),
  exclude_planned: fc.boolean(),
  run_out_days: fc.constantFrom(null, 0, 110, 150),
})

// All before the change to summer time, so that 24 hours are a day.
test('any stays under any switches are what the definition says in plain loops', async t => {
  await withStays(t, async session => {
    await fc.assert(
      fc.asyncProperty(spans, rules, async (drawn, switches) => {
        await session.query(`delete from store.visits; delete from caseload.readmission_definitions`)
        await addStays(session, drawn.map(asStay))
        await define(session, 'drawn', { ...switches })
        const people = [...new Set(drawn.map(one => one.patient))]
        const wanted = people.flatMap(patient =>
          expected(
            drawn.filter(one => one.patient === patient),
            switches,
          ),
        )
        t.deepEqual([...(await readmissionsOf(session, 'drawn'))], [...wanted].sort())
      }),
      { numRuns: 150 },
    )
  })
})
