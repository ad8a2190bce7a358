import test from 'ava'
import fc from 'fast-check'
import { timestamp } from '../../pipelines/contract/columns.ts'
import { columnsOf } from '../../pipelines/contract/contract.ts'
import { testEngine } from '../helpers/engine.ts'
import { castSql } from '../../pipelines/check/predicates.ts'
import { relationOf, sqlVerdicts, type Verdicts } from '../helpers/verdicts.ts'

const [column] = columnsOf({
  table: 'any',
  grain: '',
  key: [],
  references: [],
  shape: { at: timestamp({ phi: 'none', description: 'A moment.' }) },
})
if (column === undefined) throw new Error('the contract has one column')

const zones = [
  'Europe/Amsterdam',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Pacific/Apia',
] as const

test('a local time that the clocks skipped is refused, one that exists twice is not', async t => {
  const db = await testEngine(t)
  const verdicts = (zone: string, values: readonly string[]): Promise<Verdicts> =>
    sqlVerdicts(db, column, relationOf(values), zone)
  const amsterdam = ['2023-03-26 01:59:59', '2023-03-26 02:00', '2023-03-26T02:59:59.9', '2023-03-26 03:00']
  t.deepEqual(await verdicts('Europe/Amsterdam', amsterdam), [undefined, 'dst_gap', 'dst_gap', undefined])
  t.deepEqual(await verdicts('Europe/Amsterdam', ['2023-10-29 02:30']), [undefined], 'twice')
  t.deepEqual(await verdicts('Europe/Amsterdam', ['2023-03-26T02:30Z', '2023-03-26T02:30+02:00']), [
    undefined,
    undefined,
  ])
  t.deepEqual(await verdicts('Pacific/Apia', ['2011-12-30T12:00']), ['dst_gap'], 'a whole day was skipped')
  const local = fc
    .date({ min: new Date('1971-01-01Z'), max: new Date('2036-12-31Z'), noInvalidDate: true })
    .map(moment => moment.toISOString().slice(0, 19))
  const gapsOf = new Map(zones.map(zone => [zone, findGaps(zone)]))
  const nearGap = fc.tuple(fc.constantFrom(...zones), fc.nat()).chain(([zone, pick]) => {
    const gaps = gapsOf.get(zone) ?? []
    const gap = gaps[pick % gaps.length] ?? 0
    return fc.tuple(
      fc.constant(zone),
      fc.array(fc.integer({ min: -7200, max: 7200 }).map(seconds => isoLocal(gap + seconds * 1000))),
    )
  })
  const cases = fc.oneof(nearGap, fc.tuple(fc.constantFrom(...zones), fc.array(local, { maxLength: 50 })))
  await fc.assert(
    fc.asyncProperty(cases, async ([zone, values]) => {
      if (values.length === 0) return
      const expected = values.map(value => (exists(value, zone) ? undefined : 'dst_gap'))
      t.deepEqual(await verdicts(zone, values), expected, zone)
    }),
    { numRuns: 60 },
  )
})

test('of the hour that the clocks repeat, the second one is taken; an offset names the first', async t => {
  const db = await testEngine(t)
  const utc = async (zone: string, value: string): Promise<unknown> => {
    const [row] = await db.rows(`select strftime(${castSql(column.type, 'raw', zone)}, '%Y-%m-%d %H:%M') as utc
      from (select '${value}' as raw)`)
    return row?.['utc']
  }
  for (const [zone, local, second] of [
    ['Europe/Berlin', '2023-10-29T01:59', '2023-10-28 23:59'],
    ['Europe/Berlin', '2023-10-29T02:00', '2023-10-29 01:00'],
    ['Europe/Berlin', '2023-10-29T02:30', '2023-10-29 01:30'],
    ['Europe/Berlin', '2023-10-29T03:00', '2023-10-29 02:00'],
    ['Europe/Berlin', '2023-10-29T02:30+02:00', '2023-10-29 00:30'],
    ['Europe/Berlin', '2023-10-29T02:30+01:00', '2023-10-29 01:30'],
    ['Europe/Dublin', '2023-10-29T01:30', '2023-10-29 01:30'],
    ['America/New_York', '2023-11-05T01:30', '2023-11-05 06:30'],
    ['America/Sao_Paulo', '2019-02-16T23:30', '2019-02-17 02:30'],
    ['Australia/Lord_Howe', '2023-04-02T01:45', '2023-04-01 15:15'],
  ] as const) {
    t.is(await utc(zone, local), second, `${zone} ${local}`)
  }
})

const isoLocal = (moment: number): string => new Date(moment).toISOString().slice(0, 19)

const clocks = new Map<string, Intl.DateTimeFormat>()

/** How far the clocks of a zone are ahead of UTC at a moment, in milliseconds. */
function aheadOf(moment: number, zone: string): number {
  const known = clocks.get(zone)
  const clock = known ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  if (known === undefined) clocks.set(zone, clock)
  return Date.parse(`${clock.format(moment).replace(' ', 'T')}Z`) - moment
}

/** True if some moment reads as this local time. */
function exists(value: string, zone: string): boolean {
  const read = Date.parse(`${value}Z`)
  const offsets = [-86_400_000, 0, 86_400_000].map(shift => aheadOf(read + shift, zone))
  return offsets.some(offset => aheadOf(read - offset, zone) === offset)
}

/** The local times at which the clocks of a zone were put forward since 2000, found by looking at every day. */
function findGaps(zone: string): readonly number[] {
  const found: number[] = []
  const step = 24 * 3_600_000
  for (let moment = Date.UTC(2000); moment < Date.UTC(2037); moment += step) {
    const before = aheadOf(moment, zone)
    if (aheadOf(moment + step, zone) <= before) continue
    let [low, high] = [moment, moment + step]
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000
      if (aheadOf(middle, zone) > before) high = middle
      else low = middle
    }
    found.push(high + before)
  }
  return found
}
