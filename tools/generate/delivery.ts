import type { FileForm, Piece } from './chunk.ts'

/** What one batch is made of. */
export interface Delivery {
  readonly seed: number
  /** `icu`, or `icu__north` for a site: the same patients, other values. */
  readonly source: string
  /** The day of the delivery, in days since 1970-01-01. */
  readonly day: number
  /** True on the first day of a series: it also brings what began before. */
  readonly isFirst: boolean
  /** How many patients: beds of an intensive care unit, people who come on a day. */
  readonly patients: number
  /** Which share of the records of each file is broken on purpose, 0 to 1. */
  readonly broken: number
}

/** How deliveries of one transformer are made up. */
export interface GeneratedSource {
  /** The files there may be; one that gets no record is not written. */
  readonly files: (delivery: Delivery) => readonly FileForm[]
  /** Names of all ways in which its records are broken. */
  readonly faults: readonly string[]
  /** Gives the records bit by bit, in any order of the files; nothing is kept that grows with their number. */
  readonly pieces: (delivery: Delivery) => Iterable<Piece>
}
