import { type ContractColumn, columnsOf, type Contract } from '../contract/contract.ts'
import type { Predicate } from './predicates.ts'
import type { ShownColumn } from '../contract/mask/mask.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/** Maximum size of a btree tuple in PostgreSQL with 8 kB pages: a third of a page. */
const mostBytes = 2704
/** The tuple's header with its null bitmap, aligned to 8. */
const headerBytes = 16
/** Maximum length of a source's name. */
const sourceBytes = 30
/** `p1_` and 64 hexadecimal digits. */
const pseudonymBytes = 67

/** What {@link keyLengthPredicates} needs besides the contract. */
interface KeyLengthOptions {
  readonly mask: (column: ContractColumn) => ShownColumn
  readonly indexes?: readonly (readonly string[])[]
}

export const keyTooLong = 'key_too_long'

/**
 * The rule that a row's values fit into each index of the table: for one row that does not, the server would refuse the
 * whole batch (54000). PostgreSQL may compress long values in an index; that is not predictable, so every value counts
 * with all its bytes and the maximum for length word and alignment.
 *
 * @param raw returns SQL of a column's text as it is loaded
 * @returns one predicate for each index whose columns can be too long; keys of the shipped tables cannot
 */
export function keyLengthPredicates(
  contract: Contract,
  yielded: readonly ContractColumn[],
  raw: (column: string) => string,
  { mask, indexes = [] }: KeyLengthOptions,
): readonly Predicate[] {
  const all = columnsOf(contract)
  return [contract.key, ...indexes].flatMap((names, at) => {
    const columns = names.flatMap(name => all.find(column => column.name === name) ?? [])
    const texts = columns.filter(({ name, type }) => type.kind === 'text' && yielded.some(one => one.name === name))
    const delivered = texts.filter(column => mask(column) === 'keep')
    const masked = texts.length - delivered.length
    const others = columns.filter(column => !texts.includes(column))
    const fixed =
      headerBytes +
      sum(others.map(worstBytes)) +
      delivered.length * lengthBytes +
      masked * (pseudonymBytes + lengthBytes) +
      (sourceBytes + lengthBytes) +
      8
    const left = mostBytes - fixed
    // Outside the key, a source can declare that a text longer than its contract allows is loaded.
    if (at === 0 && sum(delivered.map(mostTextBytes)) <= left) return []
    if (delivered.length === 0) return []
    const bytes = delivered.map(({ name }) => `coalesce(strlen(${raw(name)}), 0)`).join(' + ')
    return [{ column: null, rule: keyTooLong, broken: `(${bytes} > ${left})` }]
  })
}

/** A length word of four bytes, aligned to four. */
const lengthBytes = 7

/** In UTF-8 a code point has at most four bytes. */
function mostTextBytes({ checks }: ContractColumn): number {
  return Math.min(...checks.map(check => (check.rule === 'length' ? 4 * check.max : Number.POSITIVE_INFINITY)))
}

/** Includes the alignment before the value. */
function worstBytes({ type, absent }: ContractColumn): number {
  switch (type.kind) {
    case 'oneOf':
      return Math.max(...type.values.map(value => Buffer.byteLength(value))) + lengthBytes
    case 'text':
      // The column is not yielded: its value is the table's default, or null.
      return Buffer.byteLength(absent ?? '') + lengthBytes
    case 'decimal':
      // Two bytes for every four digits on each side of the point, and a header of at most eight bytes.
      return 2 * (Math.ceil(type.precision / 4) + 2) + 8 + lengthBytes
    default:
      return 16
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

interface FurtherIndex {
  readonly table_name: string
  /** A JSON list; null if the index has only expressions. */
  readonly columns: string | null
}

/**
 * The columns of every index that an operator has added to a table of `store`. Every batch builds these indexes, and a
 * row whose values are too long for one of them would make the batch fail.
 *
 * @returns by table
 */
export async function furtherIndexes(
  openSession: () => Promise<Session>,
): Promise<ReadonlyMap<string, readonly (readonly string[])[]>> {
  const session = await openSession()
  try {
    const { rows } = await session.query<FurtherIndex>(readSql('sql/statements/check/further_indexes.sql'))
    const found = new Map<string, readonly (readonly string[])[]>()
    for (const { table_name: table, columns } of rows) {
      const names = JSON.parse(columns ?? '[]') as readonly string[]
      found.set(table, [...(found.get(table) ?? []), names])
    }
    return found
  } finally {
    await session.end()
  }
}
