import { acceptedRelation } from '../../check/keys-sql.ts'
import type { Dictionary } from '../../operate/dictionary/dictionary.ts'
import type { Lineage, LineageEdge, LineageNode } from './document-catalogue.ts'
import type { SelectReport } from './document-source.ts'

/** A view reads a relation, as the catalog of a database has it. */
export interface ReadRelation {
  readonly view_schema: string
  readonly view_name: string
  readonly schema_name: string
  readonly relation_name: string
}

type Kind = LineageNode['kind']

const kinds: Readonly<Record<string, Kind>> = { store: 'table', clinical: 'view', mart: 'mart' }

/** The node of a relation of a database. */
export function nodeOf(schema: string, name: string): LineageNode {
  const kind = kinds[schema] ?? 'other'
  return kind === 'other'
    ? { id: `other/${schema}.${name}`, kind, name: `${schema}.${name}` }
    : { id: `${kind}/${name}`, kind, name }
}

/**
 * Files -> SELECT -> table -> view -> mart. What the files say is complete for Caseload's own part; the catalog adds the views
 * of others, and confirms the rest.
 *
 * @param read of the catalog; empty without a database
 * @param marts that this database has
 */
export function lineageOf(
  { sources, views }: Dictionary,
  selects: ReadonlyMap<string, readonly SelectReport[]>,
  read: readonly ReadRelation[],
  marts: ReadonlySet<string>,
): Omit<Lineage, 'columns'> {
  const nodes = new Map<string, LineageNode>()
  const edges = new Map<string, LineageEdge>()
  const node = (id: string, kind: Kind, name: string): string => {
    if (!nodes.has(id)) nodes.set(id, { id, kind, name })
    return id
  }
  const relation = (schema: string, name: string): string => {
    const one = nodeOf(schema, name)
    return node(one.id, one.kind, one.name)
  }
  const edge = (from: string, to: string, known: LineageEdge['known']): void => {
    edges.set(`${from} ${to}`, { from, to, known })
  }
  for (const source of sources) {
    for (const { table, reads } of selects.get(source.name) ?? []) {
      const select = node(`select/${source.name}/${table}`, 'select', `${source.name}/${table}.sql`)
      const own = source.inputs.filter(input => reads.includes(input.name))
      for (const input of own)
        edge(
          node(`files/${source.name}/${input.name}`, 'files', `${source.name}: ${input.files.join(', ')}`),
          select,
          'files',
        )
      for (const other of selects.get(source.name) ?? [])
        if (reads.includes(acceptedRelation(other.table)) && other.table !== table)
          edge(`select/${source.name}/${other.table}`, select, 'files')
      edge(select, relation('store', table), 'files')
    }
  }
  for (const view of views) {
    const to = relation('clinical', view.name)
    for (const name of view.reads) {
      const [schema = '', relationName = ''] = name.split('.')
      edge(relation(schema, relationName), to, 'files')
    }
    if (marts.has(view.name)) edge(to, relation('mart', view.name), 'database')
  }
  for (const one of read)
    edge(relation(one.schema_name, one.relation_name), relation(one.view_schema, one.view_name), 'database')
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}
