import type { Contract, ContractColumn } from '../contract/contract.ts'
import type { NestingLevel, SourceColumn } from './nesting-levels.ts'

/**
 * How a column is read: as it is; with the letters of a gender as words; or, of a column that holds numbers and words, the
 * one or the other.
 */
export type Reading = 'is' | 'gender' | 'number' | 'words'

/** What a column of a table is filled from. */
export type Value =
  /** A column of the level, or of one above it. */
  | { readonly kind: 'column'; readonly level: NestingLevel; readonly column: SourceColumn; readonly as: Reading }
  /** The position in the list of a level; among the records of its patient where rows are records. */
  | { readonly kind: 'position'; readonly level: NestingLevel }
  /** An id made of the positions on the way to the row. */
  | { readonly kind: 'path' }
  | { readonly kind: 'constant'; readonly text: string }
  /** A row needs it, and nothing in the sample looks like it. */
  | { readonly kind: 'absent' }

/** A column of the sample that holds readings of one type. */
export interface ReadingColumn {
  readonly column: SourceColumn
  readonly type: string
  readonly unit: string
}

/** A column whose name says that it is one of the table's, and whose values say that it is not, as it stands. */
export interface Misfit {
  readonly target: string
  readonly column: SourceColumn
  /** What is wrong with the values, to follow the target's name; it holds none of them. */
  readonly words: string
}

/** How the rows of one table are made from one level. */
export interface Mapping {
  readonly contract: Contract
  readonly level: NestingLevel
  /** In the order of the contract. */
  readonly values: ReadonlyMap<string, Value>
  /** Where each of these columns becomes a row: type, value and unit are theirs. */
  readonly readings: readonly ReadingColumn[]
  readonly misfits: readonly Misfit[]
}

/** What a guess is made from. */
export interface GuessParts {
  readonly levels: readonly NestingLevel[]
  readonly contracts: readonly Contract[]
  /** Tables that must be filled; empty: those that the columns tell of. */
  readonly asked: readonly string[]
  /** Words that may say what the records are about: the names of the source and of the sample. */
  readonly about: readonly string[]
  /**
   * Asks the sample.
   *
   * @returns undefined if the column's values are such as the contract's column takes, else what is wrong with them
   */
  readonly misfit: (
    level: NestingLevel,
    column: SourceColumn,
    target: ContractColumn,
    as: Reading,
  ) => Promise<string | undefined>
  /** Asks whether the values of a column say what kind of values others are; undefined, or that in words. */
  readonly kindFault: (level: NestingLevel, column: SourceColumn) => Promise<string | undefined>
}
