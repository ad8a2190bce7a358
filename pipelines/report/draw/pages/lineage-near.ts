import { transformerOf } from '../../../source/batch.ts'
import type { ColumnOrigin, Lineage, LineageEdge, LineageNode } from '../../model/document-catalogue.ts'
import { groupBy } from '../../model/group.ts'
import { type GraphNode, LineageGraph } from '../charts/graph.ts'
import { html, type Html } from '../parts/html.ts'
import { address, commas, Go } from '../parts/links.ts'
import { Table } from '../parts/table.ts'

/** The lineage, ready to look things up in. */
export interface GraphParts {
  readonly nodes: ReadonlyMap<string, LineageNode>
  readonly edges: readonly LineageEdge[]
  readonly columns: ReadonlyMap<string, readonly ColumnOrigin[]>
  /** What a source is called in its address, by its class: one of its sites. */
  readonly sourceOf: (transformer: string) => string | undefined
}

/** @param sources that have a page */
export function graphParts({ nodes, edges, columns }: Lineage, sources: readonly string[]): GraphParts {
  return {
    nodes: new Map(nodes.map(node => [node.id, node])),
    edges,
    columns: groupBy(columns, column => column.node),
    sourceOf: transformer => sources.find(name => transformerOf(name) === transformer),
  }
}

/** The address of a node of the lineage. */
export function addressOf(id: string, graph: GraphParts): string | undefined {
  const [kind = '', name = ''] = id.split('/')
  if (kind === 'table') return address.table(name)
  if (kind === 'view' || kind === 'mart') return address.view(name)
  const source = kind === 'files' || kind === 'select' ? graph.sourceOf(name) : undefined
  return source === undefined ? undefined : address.source(source)
}

/** What a node reads, and what reads it. */
export function NearLineage({ id, graph }: { readonly id: string; readonly graph: GraphParts }): Html {
  const edges = graph.edges.filter(edge => edge.from === id || edge.to === id)
  if (edges.length === 0) return null
  const ids = [...new Set([id, ...edges.flatMap(edge => [edge.from, edge.to])])]
  return html`<div>
    <h2>Lineage</h2>
    <${LineageGraph}
      id=${`near-${id.replace('/', '-')}`}
      title=${`What ${id.replace('/', ' ')} reads, and what reads it`}
      nodes=${boxes(ids, graph)}
      edges=${edges}
      about=${id}
    />
  </div>`
}

/** Files, SELECTs and tables of one source. */
export function SourceLineage({ name, graph }: { readonly name: string; readonly graph: GraphParts }): Html {
  const own = new RegExp(`^(?:files|select)/${transformerOf(name)}/`)
  const edges = graph.edges.filter(edge => own.test(edge.from))
  if (edges.length === 0) return null
  const ids = [...new Set(edges.flatMap(edge => [edge.from, edge.to]))]
  const selects = ids.filter(id => id.startsWith('select/'))
  return html`<div>
    <h2>Lineage</h2>
    <${LineageGraph}
      id=${`of-${name}`}
      title=${`Files, SELECTs and tables of ${name}`}
      nodes=${boxes(ids, graph)}
      edges=${edges}
    />
    ${selects.map(id => html`<${ColumnOrigins} id=${id} graph=${graph} />`)}
  </div>`
}

function boxes(ids: readonly string[], graph: GraphParts): readonly GraphNode[] {
  return ids.flatMap(id => {
    const node = graph.nodes.get(id)
    if (node === undefined) return []
    return [{ ...node, name: node.kind === 'mart' ? `mart.${node.name}` : node.name, to: addressOf(id, graph) }]
  })
}

/** Where each column comes from; where the SQL is not followed, it says so. */
function ColumnOrigins({ id, graph }: { readonly id: string; readonly graph: GraphParts }): Html {
  const columns = graph.columns.get(id) ?? []
  const name = graph.nodes.get(id)?.name ?? id
  if (columns.length === 0)
    return html`<p class="quiet">
      ${`Where the columns of ${name} come from is not known: its SQL is not followed that far.`}
    </p>`
  return html`<details>
    <summary>Columns of <code>${name}</code></summary>
    <${Table}
      caption=${`Where the columns of ${name} come from`}
      columns=${['column', 'comes from']}
      rows=${columns.map(({ column, known, from }) => [
        column,
        html`<${Origins} known=${known} from=${from} graph=${graph} />`,
      ])}
    />
  </details>`
}

interface OriginsProps extends Pick<ColumnOrigin, 'known' | 'from'> {
  readonly graph: GraphParts
}

/** Where one column comes from. */
export function Origins({ known, from, graph }: OriginsProps): Html {
  if (from.length === 0) return html`<i>${known ? 'no column' : 'not known'}</i>`
  const origins = commas(
    from.map(({ node, column }) => {
      const to = addressOf(node, graph)
      const name = `${node.split('/').at(-1) ?? ''}.${column}`
      return to === undefined || node.startsWith('files/') ? name : html`<${Go} to=${to}>${name}<//>`
    }),
  )
  return known ? origins : [origins, html` <i>and more that is not known</i>`]
}
