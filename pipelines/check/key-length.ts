import { type ContractColumn, columnsOf, type Contract } from '../contract/contract.ts'
import type { Predicate } from './predicates.ts'
import type { ShownColumn } from '../contract/mask/mask.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/** The largest tuple of a btree of PostgreSQL with pages of 8 kB: a third of a page, with what belongs to it. */
const mostBytes = 2704
/** The tuple's header with its bitmap of nulls, aligned to 8. */
const headerBytes = 16
/** A source's name is at most 30 bytes. */
const sourceBytes = 30
/** `p1_` and 64 hexadecimal digits. */
const pseudonymBytes = 67

/** What is known of the table besides its contract. */
interface KeyLengthOptions {
  readonly mask: (column: ContractColumn) => ShownColumn
  readonly indexes?: readonly (readonly string[])[]
}

export const keyTooLong = 'key_too_long'

/**
 * The rule that no row's key is longer than an index of the table can hold. The server would refuse the whole batch for one
 * such row (54000). PostgreSQL compresses long values in an index where that helps; what can be compressed is not known
 * here, so every value counts with all its bytes, and its length word and alignment at their worst.
 *
 * @param raw gives SQL of a column's text as it is loaded
 * @returns one predicate for each index whose columns could be too long at all; of the shipped tables no key is
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
    // Outside of the key a source may let a text pass that is longer than its contract says.
    if (at === 0 && sum(delivered.map(mostTextBytes)) <= left) return []
    if (delivered.length === 0) return []
    const bytes = delivered.map(({ name }) => `coalesce(strlen(${raw(name)}), 0)`).join(' + ')
    return [{ column: null, rule: keyTooLong, broken: `(${bytes} > ${left})` }]
  })
}

/** A length word of four bytes, aligned to four. */
const lengthBytes = 7

/** A code point is at most four bytes of UTF-8. */
function mostTextBytes({ checks }: ContractColumn): number {
  return Math.min(...checks.map(check => (check.rule === 'length' ? 4 * check.max : Number.POSITIVE_INFINITY)))
}

/** With the alignment before it. */
function worstBytes({ type, absent }: ContractColumn): number {
  switch (type.kind) {
    case 'oneOf':
      return Math.max(...type.values.map(value => Buffer.byteLength(value))) + lengthBytes
    case 'text':
      // Not yielded: the default of the table, or null.
      return Buffer.byteLength(absent ?? '') + lengthBytes
    case 'decimal':
      // Two bytes for every four digits, on either side of the point, and a header of eight at most.
      return 2 * (Math.ceil(type.precision / 4) + 2) + 8 + lengthBytes
    default:
      return 16
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

interface FurtherIndex {
  readonly table_name: string
  /** A JSON list; null where it is made of expressions alone. */
  readonly columns: string | null
}

/**
 * The columns of every index that an operator has put on a table of `store` beside its key: every batch builds them, and a
 * row whose values such an index cannot hold would stop it.
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
