import { columnsOf, type Contract, postgresType } from '../contract/contract.ts'
import { allContracts } from '../contract/tables/contracts.ts'
import type { Counts } from '../contract/counts.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import type { CheckSql } from './check-file.ts'

/** A table in Postgres. */
export interface Relation {
  readonly schema: string
  readonly name: string
  /** `yyyy-mm-dd`: only the rows of this batch, if the table has other batches, too. */
  readonly day?: string | undefined
}

/** One table of a batch, staged or published. */
export interface BatchTable {
  readonly table: string
  /** Its leaf; undefined where no row was loaded. */
  readonly relation: Relation | undefined
  readonly loaded: number
  /** Values that its run loaded although they broke a rule, by rule; none by default. */
  readonly warned?: Counts
}

/** A relation, quoted for a statement. */
export const quoteRelation = ({ schema, name }: Relation): string => `${quoteIdent(schema)}.${quoteIdent(name)}`

/** The `from` part of a query over the rows of a batch in a relation. */
export function batchRows(relation: Relation): string {
  const { day } = relation
  return quoteRelation(relation) + (day === undefined ? '' : ` where batch_date = ${quoteConstant(day)}`)
}

/**
 * The query that lists the bad rows of a check: its SELECT, in which every table is the batch's own leaf, or empty without
 * one. So no check sees another batch.
 */
export function badRowsQuery(check: CheckSql, tables: readonly BatchTable[]): string {
  return `${batchTables(tables)}\n${check.sql}\n`
}

/** The query that counts the bad rows of a check: one row, or one per value of the column it counts by. */
export function badCountQuery(check: CheckSql, tables: readonly BatchTable[]): string {
  const by = check.by === undefined ? 'null' : quoteIdent(check.by)
  // The comment that may end the file must not swallow the parenthesis.
  return `${batchTables(tables)}
select
  ${by}::text as by,
  count(*) as bad
from (
${check.sql}
) as bad_rows
group by 1
order by
  2 desc,
  1`
}

function batchTables(tables: readonly BatchTable[]): string {
  const entries = allContracts().map(contract => {
    const relation = tables.find(({ table }) => table === contract.table)?.relation
    const select = relation === undefined ? emptySelect(contract) : leafSelect(contract, relation)
    return `${quoteIdent(contract.table)} as not materialized (\n  ${select}\n)`
  })
  return `with ${entries.join(',\n')}`
}

function leafSelect(contract: Contract, relation: Relation): string {
  const names = columnTypes(contract).map(([name]) => quoteIdent(name))
  return `select ${names.join(', ')} from ${batchRows(relation)}`
}

/** Not `from store.<table> where false`, which would wait for sessions that have locked the table. */
function emptySelect(contract: Contract): string {
  const columns = columnTypes(contract).map(([name, type]) => `null::${type} as ${quoteIdent(name)}`)
  return `select ${columns.join(', ')} where false`
}

function columnTypes(contract: Contract): readonly (readonly [name: string, type: string])[] {
  const clinical = columnsOf(contract).map(column => [column.name, postgresType(column.type)] as const)
  return [...clinical, ['source', 'text'], ['batch_date', 'date']]
}
