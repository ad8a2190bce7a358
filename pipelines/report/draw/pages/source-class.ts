import type { SourceReport } from '../../model/document-source.ts'
import { html, type Html } from '../parts/html.ts'
import { address, commas, Go } from '../parts/links.ts'
import { Sql } from '../parts/sql.ts'
import { Table } from '../parts/table.ts'
import { type GraphParts, SourceLineage } from './lineage-near.ts'

interface SourceClassProps {
  /** Any source of the class. */
  readonly source: SourceReport
  readonly graph: GraphParts
}

/** How the rows of a source are made: what its class declares, and its SELECTs. All sites of a class share it. */
export function SourceClass({ source, graph }: SourceClassProps): Html {
  const { name, inputs, tables, selects, checks, rules } = source
  const said = [
    ...checks.map(check => `Check ${check.name} of ${check.table} (${check.severity}).`),
    ...rules.map(one => `Rule ${one.rule}: ${one.action}.`),
  ]
  return html`<div>
    <h2>Inputs</h2>
    <${Table}
      caption="Inputs"
      columns=${['input', 'format', 'files', 'required', 'fields']}
      rows=${inputs.map(input => [
        input.name,
        input.format,
        commas(input.files.map(file => html`<code>${file}</code>`)),
        input.static ? 'static' : input.required ? 'yes' : 'no',
        html`<code>${input.fields.join(', ')}</code>`,
      ])}
    />
    <h2>Tables</h2>
    <${Table}
      caption="Tables"
      columns=${['table', 'delivery', 'children', 'parents in', 'rows of one key']}
      rows=${tables.map(fill => [
        html`<${Go} to=${address.table(fill.table)}>${fill.table}<//>`,
        fill.delivery,
        fill.children,
        fill.references,
        fill.on_conflict,
      ])}
    />
    <${SourceLineage} name=${name} graph=${graph} />
    <h2>SELECTs</h2>
    ${selects.map(
      select =>
        html`<details>
          <summary><code>${select.file}</code></summary>
          <${Sql} text=${select.sql} />
        </details>`,
    )}
    ${said.length === 0 ? null : html`<p class="quiet">${said.join(' ')}</p>`}
  </div>`
}
