import type { FileForm, Chunk } from './chunk.ts'

/** The parameters of one batch. */
export interface Delivery {
  readonly seed: number
  /** `icu`, or `icu__north` for a site, which has the same patients and other values. */
  readonly source: string
  /** The day of the delivery, in days since 1970-01-01. */
  readonly day: number
  /** True on the first day of a series, which also delivers what began before it. */
  readonly isFirst: boolean
  /** Number of patients of a day, or of beds of an intensive care unit. */
  readonly patients: number
  /** Share of the records of each file that is broken on purpose, 0 to 1. */
  readonly broken: number
}

/** Generates deliveries for one transformer. */
export interface GeneratedSource {
  /** The files of a delivery; a file without a record is not written. */
  readonly files: (delivery: Delivery) => readonly FileForm[]
  /** Names of all its faults. */
  readonly faults: readonly string[]
  /** Yields the records in chunks, in any order of the files; its memory does not grow with their number. */
  readonly chunks: (delivery: Delivery) => Iterable<Chunk>
}
