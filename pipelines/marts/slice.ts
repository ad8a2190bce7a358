import type { HourPart } from './hour-parts.ts'

/** What a refresh recomputes of a mart; `all` stands for every patient or person. */
export type Slice =
  | {
      readonly by: 'patient'
      readonly source: string
      readonly patients: Ids
      readonly read: Ids
      /** The days of the batches that can hold rows of those who are read. */
      readonly days: Ids
    }
  | {
      readonly by: 'visit'
      readonly source: string
      readonly visits: readonly string[]
      /** Who holds or held one of the visits. */
      readonly patients: readonly string[]
      /** The days of the batches that can hold rows of the visits. */
      readonly days: readonly string[]
    }
  | { readonly by: 'hour'; readonly source: string; readonly patients: Ids; readonly part: HourPart }
  | {
      readonly by: 'person'
      readonly persons: Ids
      /** The patients of the persons, by position; not used for all persons. */
      readonly sources: readonly string[]
      readonly patients: readonly string[]
    }
  | { readonly by: 'source'; readonly source: string }
  | {
      readonly by: 'month'
      readonly source: string
      /** The date by whose month the rows that are read count. */
      readonly column: string
      /** The first day, and the day after the last: full months. */
      readonly from: string
      readonly until: string
    }
  | { readonly by: 'whole' }

export type Ids = 'all' | readonly string[]

/** A statement and its parameters. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}
