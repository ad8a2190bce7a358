import type { Dictionary } from '../../operate/dictionary/dictionary.ts'
import type { ColumnEntry, TableEntry, ViewColumnEntry, ViewEntry } from '../../operate/dictionary/entries.ts'
import { allowedWords } from '../../operate/dictionary/pages.ts'
import { kindWords } from '../../marts/mart-header.ts'
import type { ColumnReport, LineageEdge, TableReport, ViewReport } from './document-catalogue.ts'
import { nullShare } from './small-counts.ts'

/** What a database says of the tables and views; empty without one. */
export interface CatalogueFacts {
  /** By `table.column`: rows, and those without a value. */
  readonly nulls: ReadonlyMap<string, { readonly rows: number; readonly nulls: number }>
  /** By `view.column`. */
  readonly types: ReadonlyMap<string, string>
  readonly marts: ReadonlySet<string>
}

/** Tables and views, from the dictionary that `caseload describe` shows. */
export function catalogue(
  { tables, views }: Dictionary,
  edges: readonly LineageEdge[],
  facts: CatalogueFacts,
): { readonly tables: TableReport[]; readonly views: ViewReport[] } {
  const readersOf = (id: string): string[] =>
    edges.filter(edge => edge.from === id && !edge.to.startsWith('mart/')).map(edge => nameOf(edge.to))
  return {
    tables: tables.map(table => tableReport(table, readersOf(`table/${table.name}`), facts)),
    views: views.map(view => viewReport(view, readersOf(`view/${view.name}`), facts)),
  }
}

const nameOf = (id: string): string => id.replace(/^[a-z]+\//, '')

function tableReport(entry: TableEntry, readBy: string[], facts: CatalogueFacts): TableReport {
  const { name, grain, key, parents, columns, rules, checks, filled_by: filledBy } = entry
  return {
    name,
    grain,
    key: [...key],
    parents: parents.map(parent => ({ ...parent, columns: [...parent.columns] })),
    columns: columns.map(column => tableColumn(name, column, facts)),
    // A reason is free text.
    rules: rules.map(({ name, column, broken, action, file, changes }) => ({
      name,
      column,
      broken,
      action,
      file,
      changes: changes.map(change => ({ source: change.source, action: change.action })),
    })),
    checks: [...checks],
    filled_by: [...filledBy],
    read_by: readBy,
    query: `select source, batch_date, count(*) as rows\nfrom store.${name}\ngroup by source, batch_date\norder by batch_date desc, source\nlimit 20`,
  }
}

function tableColumn(table: string, column: ColumnEntry, { nulls }: CatalogueFacts): ColumnReport {
  const { name, type, phi, description, nullable } = column
  const counts = nulls.get(`${table}.${name}`)
  // Of a column that helps to identify a person nothing is shown but its declaration.
  const isShown = phi === 'none' && nullable && counts !== undefined
  return {
    name,
    type,
    phi,
    description,
    nullable,
    allowed: allowedWords(column),
    nulls: isShown ? nullShare(counts.rows, counts.nulls) : null,
  }
}

function viewReport(entry: ViewEntry, readBy: string[], facts: CatalogueFacts): ViewReport {
  const { name, file, grain, notes, columns, reads, mart } = entry
  const shown = columns?.slice(0, 6).map(column => column.name) ?? ['*']
  return {
    name,
    file,
    grain,
    notes,
    columns: columns?.map(column => viewColumn(name, column, facts)) ?? null,
    reads: [...reads],
    read_by: readBy,
    mart: mart === null ? null : { computed_by: kindWords[mart.computed_by], made: facts.marts.has(name) },
    query: `select ${shown.join(', ')}\nfrom clinical.${name}\nlimit 20`,
  }
}

function viewColumn(
  view: string,
  { name, type, phi, description }: ViewColumnEntry,
  facts: CatalogueFacts,
): ColumnReport {
  const known = facts.types.get(`${view}.${name}`) ?? type
  return { name, type: known, phi, description, nullable: null, allowed: '', nulls: null }
}
