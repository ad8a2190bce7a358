import type { Dictionary } from '../../../operate/dictionary/dictionary.ts'
import type { View } from '../../../ledger/list-views.ts'
import { type DuckDB, openDuckDB } from '../../../platform/duckdb.ts'
import { statementsOf, withoutComments } from '../../../platform/sql-text.ts'
import type { Source } from '../../../source/load-source.ts'
import type { ColumnOrigin } from '../document-catalogue.ts'
import { nodeOf } from '../lineage.ts'
import { type Columns, type Known, traceSelect } from './resolve.ts'
import { parseSelect } from './syntax.ts'

/** Columns that Caseload gives a row to find it again, or a SELECT yields for Caseload. */
const forTheEngine: readonly string[] = ['file_no', 'record_no', 'removed_by']

/**
 * Where the columns of SELECTs and views come from, as far as the SQL says so. DuckDB parses it; nothing is run.
 *
 * @param workRoot where DuckDB may spill
 */
export async function columnOrigins(
  dictionary: Dictionary,
  sources: readonly Source[],
  views: readonly View[],
  workRoot: string,
): Promise<ColumnOrigin[]> {
  const duckdb = await openDuckDB({ memoryLimit: '128MB', threads: 1, tempDirectory: workRoot, allowedPaths: [] })
  try {
    const origins: ColumnOrigin[] = []
    for (const source of sources) origins.push(...(await selectOrigins(duckdb, source)))
    for (const view of views) origins.push(...(await viewOrigins(duckdb, view, knownColumns(dictionary))))
    return origins
  } finally {
    duckdb.close()
  }
}

async function selectOrigins(duckdb: DuckDB, { name, transformer, sql }: Source): Promise<readonly ColumnOrigin[]> {
  const { inputs, tables } = transformer
  const known: Known = relation => {
    const input = inputs[relation]
    if (input === undefined) return undefined
    const fields =
      input.format === 'csv' ? [...input.columns, ...(input.optional ?? [])] : Object.keys(input.record.fields)
    return [...forTheEngine.slice(0, 2), ...fields]
  }
  const nodeOfRelation = (relation: string): string =>
    relation in inputs ? `files/${name}/${relation}` : `select/${name}/${relation.replace(/^accepted_/, '')}`
  const all: ColumnOrigin[] = []
  for (const table of tables) {
    const tree = await parseSelect(duckdb, sql(table))
    const columns = tree === undefined ? undefined : traceSelect(tree, known)
    all.push(...originsIn(columns, `select/${name}/${table}`, nodeOfRelation))
  }
  return all
}

async function viewOrigins(duckdb: DuckDB, view: View, known: Known): Promise<readonly ColumnOrigin[]> {
  const [statement = ''] = statementsOf(withoutComments(view.sql))
  const select = statement.replace(/^\s*create\s+or\s+replace\s+view\s+[\w."]+\s+as\s+/i, '')
  const tree = await parseSelect(duckdb, select)
  const columns = tree === undefined ? undefined : traceSelect(tree, known)
  return originsIn(columns, `view/${view.name}`, relation => {
    const [schema = '', name = ''] = relation.includes('.') ? relation.split('.') : ['clinical', relation]
    return nodeOf(schema, name).id
  })
}

function originsIn(
  columns: Columns,
  node: string,
  nodeOfRelation: (relation: string) => string,
): readonly ColumnOrigin[] {
  return [...(columns ?? [])]
    .filter(([column]) => !forTheEngine.includes(column))
    .map(([column, { known, from }]) => ({
      node,
      column,
      known,
      from: from
        .filter(one => !forTheEngine.includes(one.column))
        .map(one => ({ node: nodeOfRelation(one.relation), column: one.column })),
    }))
}

/** The columns of tables and views, by `schema.name`. */
function knownColumns({ tables, views }: Dictionary): Known {
  const all = new Map<string, readonly string[] | undefined>([
    ...tables.map(one => [`store.${one.name}`, one.columns.map(({ name }) => name)] as const),
    ...views.map(one => [`clinical.${one.name}`, one.columns?.map(({ name }) => name)] as const),
  ])
  return relation => all.get(relation)
}
