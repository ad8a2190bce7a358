import type { Contract, ContractColumn } from '../contract/contract.ts'
import { quoteConstant } from '../platform/sql.ts'
import type { Commas } from './decimal-commas.ts'
import { levelPath, type NestingLevel, type SourceColumn } from './nesting-levels.ts'

/**
 * How a column is read: unchanged; with the letters of a gender as words; if it holds numbers and words, only the numbers or
 * only the words; as the id in a reference such as `Patient/123`; as a date of another form; or with a decimal comma.
 */
export type Reading = 'is' | 'gender' | 'number' | 'words' | ReferenceReading | DateReading | CommaReading

/** Numbers with a decimal comma; beside words, only the numbers or only the words. */
export interface CommaReading {
  readonly kind: 'comma'
  readonly of: 'is' | 'number' | 'words'
}

/** The id in a reference of FHIR to a resource of this type, or by `urn:uuid`. */
export interface ReferenceReading {
  readonly kind: 'reference'
  readonly to: string
}

/** A date, or a time with its date, in formats of `strptime`. */
export interface DateReading {
  readonly kind: 'date'
  readonly formats: readonly string[]
  /** The form that the contract takes, as a format of `strftime`. */
  readonly form: string
  /** The format with day and month exchanged, if no value of the sample shows which of them is the day. */
  readonly other: string | undefined
}

/** What fills a column of a table. */
export type Value =
  /** A column of the level, or of a level above it. */
  | { readonly kind: 'column'; readonly level: NestingLevel; readonly column: SourceColumn; readonly as: Reading }
  /** The position in the list of a level; for rows that are records, the position among the records of the same patient. */
  | { readonly kind: 'position'; readonly level: NestingLevel }
  /** An id made of the visit's id and the positions in the lists below it, or, without such lists, of the content of the row. */
  | { readonly kind: 'path' }
  | { readonly kind: 'constant'; readonly text: string }
  /** The column is required, and no column of the sample looks like it. */
  | { readonly kind: 'absent' }

/** A column of the sample that holds readings of one type. */
export interface ReadingColumn {
  readonly column: SourceColumn
  readonly type: string
  readonly unit: string
  readonly as: Reading
}

/** A column whose name matches a column of the table, but whose values break that column's contract. */
export interface Misfit {
  readonly target: string
  readonly column: SourceColumn
  /** What is wrong with the values, as a phrase after the target's name; it contains no value. */
  readonly words: string
}

/** How the rows of one table are made from one level. */
export interface Mapping {
  readonly contract: Contract
  readonly level: NestingLevel
  /** In the order of the contract. */
  readonly values: ReadonlyMap<string, Value>
  /** Columns that become a row each; they fill type, value and unit. */
  readonly readings: readonly ReadingColumn[]
  readonly misfits: readonly Misfit[]
  /** Columns whose numbers have commas, and what is made of them. */
  readonly commas: readonly CommaColumn[]
}

/** A column with commas in its numbers, and the column that its name matches. */
export interface CommaColumn {
  readonly target: string
  readonly level: NestingLevel
  readonly column: SourceColumn
  readonly commas: Commas
}

const childTables: readonly string[] = ['diagnoses', 'procedures', 'treatments']

/**
 * True if the rows of a level are in a list within the record or the list element that is a visit. A flat record that repeats
 * its visit beside each row is no such document: all rows but one would go with the repeated visit.
 */
export function isPartOfVisit(level: NestingLevel, mappings: readonly Mapping[]): boolean {
  const visits = mappings.find(({ contract }) => contract.table === 'visits')
  return visits !== undefined && visits.level !== level && levelPath(level).includes(visits.level)
}

/** The tables whose rows belong to a visit and are delivered without it, each by itself. */
export function entityTables(mappings: readonly Mapping[]): readonly string[] {
  return mappings
    .filter(({ contract, level }) => childTables.includes(contract.table) && !isPartOfVisit(level, mappings))
    .map(({ contract }) => contract.table)
}

/** The input of a guess. */
export interface GuessParts {
  readonly levels: readonly NestingLevel[]
  readonly contracts: readonly Contract[]
  /** Tables that must be filled; empty: those that the columns point to. */
  readonly asked: readonly string[]
  /** Names that may say what the records are about: those of the source and of the sample. */
  readonly about: readonly string[]
  /**
   * Checks the values of a column of the sample.
   *
   * @returns undefined if they keep the contract of the target column, else what is wrong with them
   */
  readonly misfit: (
    level: NestingLevel,
    column: SourceColumn,
    target: ContractColumn,
    as: Reading,
  ) => Promise<string | undefined>
  /** The formats of the dates in a column that do not have the form of the contract; undefined if they have no known one. */
  readonly dateReading: (
    level: NestingLevel,
    column: SourceColumn,
    target: ContractColumn,
  ) => Promise<DateReading | undefined>
  /** What the commas in the numbers of a column mean. */
  readonly commas: (level: NestingLevel, column: SourceColumn) => Promise<Commas>
  /** Checks whether a column holds names of data types, such as `numeric`; undefined, or the fault in words. */
  readonly kindFault: (level: NestingLevel, column: SourceColumn) => Promise<string | undefined>
}

/** DuckDB expression that reads a text in one of these ways; unknown values stay, and the contract judges them. */
export function readingSql(text: string, as: Reading): string {
  if (typeof as === 'object') {
    if (as.kind === 'comma') return commaSql(text, as)
    return as.kind === 'date' ? dateSql(text, as) : referenceSql(text, as)
  }
  switch (as) {
    case 'is':
      return text
    case 'gender':
      return `case lower(trim(${text}))
    when 'm' then 'male'
    when 'f' then 'female'
    else lower(trim(${text}))
  end`
    case 'number':
      return `case when ${isNumber(text)} then trim(${text}) end`
    case 'words':
      return `case when not ${isNumber(text)} then ${text} end`
  }
}

/** A value that has none of the formats stays as it was delivered, for the contract to find. */
function dateSql(text: string, { formats, form }: DateReading): string {
  const [first = '', ...others] = formats.map(quoteConstant)
  const parsed = `try_strptime(${text}, ${others.length === 0 ? first : `[${[first, ...others].join(', ')}]`})`
  return `coalesce(strftime(${parsed}, ${quoteConstant(form)}), ${text})`
}

/** A number in another notation does not become one: a second comma, or a point, stays. */
function commaSql(text: string, { of }: CommaReading): string {
  const pointed = `replace(${text}, ',', '.')`
  return of === 'words' ? `case when not ${isNumber(pointed)} then ${text} end` : readingSql(pointed, of)
}

/** Null for a reference to something else: a subject can be a group. */
function referenceSql(text: string, { to }: ReferenceReading): string {
  return `nullif(regexp_extract(${text}, ${quoteConstant(`(?:\\b${to}/|^urn:uuid:)([^/]+)`)}, 1), '')`
}

/** A number in any notation counts as a number; the contract rejects those that `measurements.value` does not take. */
const isNumber = (text: string): string =>
  `regexp_full_match(trim(${text}), '-?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]{1,3})?')`
