import { columnsOf, type Contract, postgresType, type Reference } from '../contract/contract.ts'
import { allContracts, contractFor, isOwnTable } from '../contract/tables/contracts.ts'
import type { Session } from '../platform/postgres.ts'
import { quoteConstant, quoteIdent, readSql } from '../platform/sql.ts'

/** The view that lists rows without a parent. */
export const orphansView = 'orphans'

/** The line of views/orphans.sql behind which the tables of a project follow. */
const marker = '  -- The tables of a project follow here (pipelines/ledger/own-orphans.ts).\n'

/** The project's own tables that refer to a parent, and so have rows in the view `orphans`. */
function ownChildren(): readonly Contract[] {
  return allContracts().filter(({ table, references }) => isOwnTable(table) && references.length > 0)
}

/** True if the view in the database reads every table of {@link ownChildren}: one of them can be newer than the view. */
export async function readsOwnTables(session: Session): Promise<boolean> {
  const tables = ownChildren().map(({ table }) => table)
  if (tables.length === 0) return true
  const found = await session.query<{ name: string }>(readSql('sql/statements/ledger/view_tables.sql'), [orphansView])
  return tables.every(table => found.rows.some(({ name }) => name === table))
}

/**
 * Adds the references of the project's own tables to the view `orphans`, by the rules that its file states. The shipped
 * tables stay written out: there seven tables share one scan of their parents, which a template per reference would repeat.
 *
 * @param sql the shipped view
 */
export function withOwnTables(sql: string): string {
  const [before = '', behind] = sql.split(marker)
  if (behind === undefined) throw new Error(`views/${orphansView}.sql has lost its line for the tables of a project`)
  const branches = ownChildren().flatMap(child => child.references.map(reference => orphansOf(child, reference)))
  return before + marker + branches.join('') + behind
}

/** Keys are grouped before they meet their parents. */
function orphansOf(child: Contract, reference: Reference): string {
  const { table: parent, columns, versioned } = reference
  const keyOf = (column: string): string => `key_${columns.indexOf(column) + 1}`
  const shown = (column: string): string => (columns.includes(column) ? `k.${keyOf(column)}::text` : 'null::text')
  const isParent = columns.map(column => {
    const cast = typeOf(child, column) === typeOf(contractFor(parent), column) ? '' : '::text'
    return `p.${quoteIdent(column)}${cast} = k.${keyOf(column)}${cast}`
  })
  const read = ['source', ...columns, 'batch_date'].map(column => quoteIdent(column)).join(', ')
  const delivered = `with delivered as (select ${read} from store.${quoteIdent(parent)}) select * from delivered`
  const parents = `select from (${delivered}) as p where p.source = k.source and ${isParent.join(' and ')}`
  const reason = versioned
    ? `case when exists (${parents}) then 'parent only in another batch' else 'no parent in any batch' end`
    : `'no parent in any batch'`
  return `  union all
  select
    k.source,
    ${quoteConstant(child.table)},
    ${quoteConstant(parent)},
    ${shown('patient_id')},
    ${shown('visit_id')},
    k.batch_date,
    ${reason},
    k.read_with,
    ${versioned},
    k.rows
  from (
    select
      source,
      batch_date,
      (${versioned ? quoteConstant(rootOf(parent)) : readWith(child)})::text as read_with,
      ${columns.map(column => `${quoteIdent(column)} as ${keyOf(column)}`).join(',\n      ')},
      count(*) as rows
    from store.${quoteIdent(child.table)}
    where ${isFilled(reference)}
    group by ${[1, 2, 3, ...columns.map((_, at) => at + 4)].join(', ')}
  ) as k
  where not exists (${parents}${versioned ? ' and p.batch_date = k.batch_date' : ''})
`
}

const isFilled = ({ columns }: Reference): string =>
  columns.map(column => `${quoteIdent(column)} is not null`).join(' and ')

function typeOf(contract: Contract | undefined, column: string): string | undefined {
  const found = contract === undefined ? undefined : columnsOf(contract).find(({ name }) => name === column)
  return found === undefined ? undefined : postgresType(found.type)
}

/** SQL of the table whose delivery says which rows of a child count: that of the parent version the row is part of, or its own. */
function readWith({ table, references }: Contract): string {
  const arms = references
    .filter(({ versioned }) => versioned)
    .map(reference => `when ${isFilled(reference)} then ${quoteConstant(rootOf(reference.table))}`)
    .reverse()
  return arms.length === 0 ? quoteConstant(table) : `case ${arms.join(' ')} else ${quoteConstant(table)} end`
}

/** The table that is delivered in versions: `visits` for `diagnoses`, and `visits` for `visits`. */
function rootOf(table: string): string {
  const parent = contractFor(table)?.references.find(({ versioned }) => versioned)
  return parent === undefined ? table : rootOf(parent.table)
}
