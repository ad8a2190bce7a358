import { isAscii } from 'node:buffer'
import { quoteIdent } from '../platform/sql.ts'
import { type ContractColumn, isIdentifier } from '../contract/contract.ts'
import { cleanIdentifierSql, type IdentifierSpelling, isOddSql, spelledSql } from '../contract/identifier.ts'

/** A SELECT with clean identifiers, so that keys, references and pseudonyms use one spelling. */
export interface CleanSelect {
  /** Yields the columns of the source's SELECT, and {@link deliveredColumn} of each identifier. */
  readonly sql: string
  /** SQL that is false only for a row whose identifiers are all visible ASCII; undefined if it yields no identifier. */
  readonly isOdd: string | undefined
}

/** What {@link cleanSelect} needs. */
export interface CleanOptions {
  /** False if no text of the files can contain an ASCII control character. */
  readonly mayHoldControl?: boolean
  /** False if every text of the files is ASCII. */
  readonly mayHoldNonAscii?: boolean
  /** The declared spelling of an identifier, by column. */
  readonly ids?: Readonly<Record<string, IdentifierSpelling>>
}

/** The column with the delivered identifier, for quarantine. */
export const deliveredColumn = (name: string): string => `caseload_delivered_${name}`

/**
 * Cleans the identifiers that a SELECT yields. Rows with only visible ASCII, nearly all rows, are not changed.
 *
 * @param select the source's SELECT for a table
 */
export function cleanSelect(
  select: string,
  columns: readonly ContractColumn[],
  { mayHoldControl = true, mayHoldNonAscii = true, ids = {} }: CleanOptions,
): CleanSelect {
  const names = columns.filter(isIdentifier).map(({ name }) => name)
  if (names.length === 0) return { sql: select, isOdd: undefined }
  const column = (name: string): string => `delivered.${quoteIdent(name)}`
  // A SELECT can yield characters that no file contains.
  const may = { control: mayHoldControl, nonAscii: mayHoldNonAscii || !isAscii(Buffer.from(select)) }
  const odd = names.map(name => isOddSql(column(name), may)).join(' or ')
  const replaced = names.map(name => {
    const clean = `case when caseload_odd then ${cleanIdentifierSql(column(name))} else ${column(name)} end`
    const spelling = Object.hasOwn(ids, name) ? ids[name] : undefined
    return `${spelling === undefined ? clean : spelledSql(`(${clean})`, spelling)} as ${quoteIdent(name)}`
  })
  const kept = names.map(name => `${column(name)} as ${quoteIdent(deliveredColumn(name))}`)
  return {
    sql: [
      `select delivered.* replace (${replaced.join(', ')}), ${kept.join(', ')}`,
      `from (select delivered.*, ${odd} as caseload_odd from (\n${select}\n) as delivered) as delivered`,
    ].join('\n'),
    isOdd: 'raw.caseload_odd',
  }
}
