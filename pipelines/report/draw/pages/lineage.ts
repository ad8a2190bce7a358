import type { Lineage as LineageReport } from '../../model/document-catalogue.ts'
import { countText } from '../../../platform/count-text.ts'
import { LineageGraph } from '../charts/graph.ts'
import { html, type Html } from '../parts/html.ts'
import { Page } from '../parts/page.ts'
import { Table } from '../parts/table.ts'
import { addressOf, type GraphParts } from './lineage-near.ts'

interface LineageProps {
  readonly lineage: LineageReport
  readonly graph: GraphParts
}

/** Sources to tables to views: the files and SELECTs of a source are one box, and its page has them one by one. */
export function Lineage({ lineage, graph }: LineageProps): Html {
  const marts = new Set(lineage.nodes.filter(node => node.kind === 'mart').map(node => node.name))
  const all = new Map<
    string,
    { readonly id: string; readonly kind: string; readonly name: string; readonly to: string | undefined }
  >()
  const edges = new Map<string, { readonly from: string; readonly to: string }>()
  const add = (id: string): string => {
    const node = graph.nodes.get(id)
    const [kind = '', name = ''] = id.split('/')
    const isSource = kind === 'files' || kind === 'select'
    const key = isSource ? `source/${name}` : id
    const shown = kind === 'view' && marts.has(name) ? `${name} ▪` : (node?.name ?? id)
    all.set(key, {
      id: key,
      kind: isSource ? 'select' : (node?.kind ?? 'other'),
      name: isSource ? name : shown,
      to: addressOf(id, graph),
    })
    return key
  }
  for (const edge of lineage.edges) {
    if (/^mart\/|^other\/caseload\./.test(edge.from) || edge.to.startsWith('mart/')) continue
    const [from, to] = [add(edge.from), add(edge.to)]
    if (from !== to) edges.set(`${from} ${to}`, { from, to })
  }
  const traced = lineage.columns.filter(column => column.known).length
  return html`<${Page} at="/lineage" kind="page" title="Lineage">
    <p class="lead">
      ${`Files to SELECTs to tables to views: ${countText(lineage.nodes.length, 'node')}. Of ${countText(lineage.columns.length, 'column')} the SQL says where ${traced} come from.`}
    </p>
    <p class="quiet">
      Point at a box to see what it depends on; choose it to open its page. ▪ has a mart. What views read of the ledger
      is left out here. What reads what is read from files, and from the catalog of the database where there is one.
    </p>
    <${LineageGraph}
      id="lineage-all"
      title="Lineage of all sources, tables and views"
      nodes=${[...all.values()]}
      edges=${[...edges.values()]}
    />
    <details class="behind">
      <summary>Numbers</summary>
      <${Table}
        caption="What reads what"
        tools=${true}
        columns=${['from', 'to', 'known from']}
        rows=${lineage.edges.map(edge => [edge.from, edge.to, edge.known])}
      />
    </details>
  <//>`
}
