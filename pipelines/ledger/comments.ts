import { columnsOf, type Contract } from '../contract/contract.ts'
import type { Phi } from '../contract/column.ts'
import { engineColumns, ownEngineColumns } from '../contract/engine-columns.ts'
import { readSql } from '../platform/sql.ts'
import type { Session } from '../platform/postgres.ts'
import type { ViewDescription } from './describe-views.ts'

/** A description that the database keeps of a table, a view or a column, for the tools that read it. */
export interface Comment {
  readonly schema: 'store' | 'clinical'
  readonly relation: string
  /** Null for the relation itself. */
  readonly column: string | null
  readonly text: string
}

/** The comments of tables: the grain and the key, and what each column means. */
export function tableComments(contracts: readonly Contract[]): readonly Comment[] {
  return contracts.flatMap(contract => {
    const of = { schema: 'store', relation: contract.table } as const
    const text = `One row is ${contract.grain}. Key: ${[...contract.key, 'source', 'batch_date'].join(', ')}.`
    return [
      { ...of, column: null, text },
      ...[...columnsOf(contract), ...ownEngineColumns(contract.table), ...engineColumns].map(one => ({
        ...of,
        column: one.name,
        text: columnText(one),
      })),
    ]
  })
}

/** The comments of views: their header, and what is known of their columns. Others keep the comment that they have. */
export function viewComments(views: readonly ViewDescription[]): readonly Comment[] {
  return views.flatMap(({ name, grain, notes, columns = [] }) => {
    const of = { schema: 'clinical', relation: name } as const
    const text = [...(grain === undefined ? [] : [`Grain: ${grain}.`]), notes].join(' ').trim()
    return [
      ...(text === '' ? [] : [{ ...of, column: null, text }]),
      ...columns.flatMap(({ name: column, description, phi }) =>
        description === undefined ? [] : [{ ...of, column, text: columnText({ description, phi }) }],
      ),
    ]
  })
}

function columnText({ description, phi }: { readonly description: string; readonly phi: Phi | undefined }): string {
  return phi === undefined || phi === 'none' ? description : `${description} PHI: ${phi}.`
}

/**
 * Writes the comments that the database has otherwise, in two round trips at most. A comment takes a lock that lets readers and
 * writers of rows go on.
 *
 * @returns how many it wrote
 */
export async function writeComments(session: Session, comments: readonly Comment[]): Promise<number> {
  const { rows } = await session.query<{ statement: string }>(readSql('sql/statements/ledger/comments_to_write.sql'), [
    JSON.stringify(comments),
  ])
  if (rows.length > 0) await session.query(rows.map(({ statement }) => statement).join(';\n'))
  return rows.length
}
