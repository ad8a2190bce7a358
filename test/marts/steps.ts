import fc from 'fast-check'
import { type Delivered, personRun, smallRun, type TableName, tables, wholeRun } from './rows.ts'

/** One step of an installation's life, in source 0 or 1. */
export type Step =
  | { readonly kind: 'run'; readonly source: number; readonly day: number; readonly rows: Delivered }
  | { readonly kind: 'rollback' | 'unpublish'; readonly source: number; readonly day: number }
  | {
      readonly kind: 'read'
      readonly source: number
      readonly table: TableName
      readonly delivery: string
      readonly children: string
    }
  | { readonly kind: 'zone'; readonly source: number; readonly zone: string }
  | { readonly kind: 'definition'; readonly runOut: number | null }
  | { readonly kind: 'code'; readonly system: string }
  | { readonly kind: 'compact'; readonly source: number }
  | { readonly kind: 'forget'; readonly source: number }
  | { readonly kind: 'refresh' }

const source = fc.constantFrom(0, 0, 0, 1)
const day = fc.constantFrom(1, 2, 2, 3, 3, 4)
const refresh = { kind: 'refresh' } as const

const run = (of: number, on: number, rows: Delivered): Step => ({ kind: 'run', source: of, day: on, rows })

const read: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('read' as const),
  source,
  table: fc.constantFrom(...tables),
  delivery: fc.constantFrom('upsert', 'upsert', 'full', 'full', 'insert_only'),
  children: fc.constantFrom('document', 'entity', 'entity'),
})

const definition: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('definition' as const),
  runOut: fc.constantFrom(3, 30, null),
})

/** Some runs of a day; then perhaps the last of them is taken away, or all of them. */
const runs: fc.Arbitrary<readonly Step[]> = fc
  .record({
    source,
    day,
    rows: fc.oneof(
      { weight: 3, arbitrary: fc.tuple(smallRun) },
      { weight: 1, arbitrary: fc.tuple(smallRun, smallRun) },
    ),
    isRefreshed: fc.boolean(),
    isForgotten: fc.constantFrom(false, false, false, true),
    then: fc.constantFrom(undefined, undefined, 'rollback' as const, 'unpublish' as const, 'unpublish' as const),
  })
  .map(drawn => [
    ...drawn.rows.map(rows => run(drawn.source, drawn.day, rows)),
    ...(drawn.isForgotten ? [{ kind: 'forget' as const, source: drawn.source }] : []),
    ...(drawn.then === undefined ? [] : drawn.isRefreshed ? [refresh] : []),
    ...(drawn.then === undefined ? [] : [{ kind: drawn.then, source: drawn.source, day: drawn.day }]),
  ])

const setting: fc.Arbitrary<readonly Step[]> = fc
  .oneof(
    { weight: 3, arbitrary: read },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('zone' as const), source, zone: fc.constantFrom('UTC', 'Asia/Tokyo') }),
    },
    { weight: 2, arbitrary: definition },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('code' as const), system: fc.constantFrom('Local A', 'Local B') }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), source }) },
  )
  .map(one => [one])

/** What happens between two refreshes: seldom much, or the refresh computes all there is and no mistake shows. */
const change: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.oneof({ weight: 5, arbitrary: runs }, { weight: 2, arbitrary: setting }), { minLength: 1, maxLength: 2 })
  .map(parts => [...parts.flat(), refresh])

/** An installation with a day of both sources, and then some changes, each with a refresh. */
export const life: fc.Arbitrary<readonly Step[]> = fc
  .record({
    settings: fc.array(fc.oneof({ weight: 4, arbitrary: read }, { weight: 1, arbitrary: definition }), {
      maxLength: 4,
    }),
    first: fc.tuple(wholeRun, personRun),
    changes: fc.array(change, { minLength: 2, maxLength: 4 }),
  })
  .map(({ settings, first, changes }) => [
    ...settings,
    ...first.map((rows, no) => run(no, 1, rows)),
    refresh,
    ...changes.flat(),
  ])
