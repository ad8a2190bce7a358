import type { ColumnOrigin, ColumnReport, TableReport, ViewReport } from '../../model/document-catalogue.ts'
import { html, type Html } from '../parts/html.ts'
import { address, commas, Copy, Go } from '../parts/links.ts'
import { Page } from '../parts/page.ts'
import { Sql } from '../parts/sql.ts'
import { Table } from '../parts/table.ts'
import { percent } from '../parts/words.ts'
import { type GraphParts, NearLineage, Origins } from './lineage-near.ts'

interface DictionaryProps {
  readonly tables: readonly TableReport[]
  readonly views: readonly ViewReport[]
}

/** Every table and view. */
export function DictionaryList({ tables, views }: DictionaryProps): Html {
  return html`<${Page} at="/dictionary" kind="page" title="Dictionary">
    <h2>Tables</h2>
    <${Table}
      caption="Tables"
      tools=${true}
      columns=${['table', 'one row is', { name: 'columns', number: true }, 'filled by']}
      rows=${tables.map(table => [
        html`<${Go} to=${address.table(table.name)}>${table.name}<//>`,
        table.grain,
        table.columns.length,
        table.filled_by.map(fill => fill.source).join(', '),
      ])}
    />
    <h2>Views</h2>
    <${Table}
      caption="Views"
      tools=${true}
      columns=${['view', 'grain', 'mart']}
      rows=${views.map(view => [
        html`<${Go} to=${address.view(view.name)}>${view.name}<//>`,
        view.grain ?? '',
        view.mart === null ? '' : view.mart.made ? 'made' : 'not made',
      ])}
    />
  <//>`
}

/** One table. */
export function TablePage({ table, graph }: { readonly table: TableReport; readonly graph: GraphParts }): Html {
  const rules = table.rules.filter(
    rule => rule.column === null || rule.action !== 'quarantine' || rule.changes.length > 0,
  )
  return html`<${Page} at=${address.table(table.name)} kind="table" title=${`store.${table.name}`}>
    <p class="lead">${`One row is ${table.grain}. Key: ${table.key.join(', ')}.`}</p>
    ${
      table.parents.length === 0
        ? null
        : html`<p>
            A row belongs to a row of
            ${' '}${commas(table.parents.map(parent => html`<span><${Go} to=${address.table(parent.table)}>${parent.table}<//> by ${parent.columns.join(', ')}</span>`))}.
          </p>`
    }
    <${Columns}
      columns=${table.columns}
      name=${table.name}
      withNulls=${table.columns.some(one => one.nulls !== null)}
      graph=${graph}
    />
    ${
      rules.length === 0
        ? null
        : html`<h2>Rules</h2>
            <p class="quiet">
              A row with a value that breaks a rule of its column goes to quarantine, unless it is listed here.
            </p>
            <${Table}
              caption=${`Rules of ${table.name}`}
              kind="rules"
              columns=${['rule', 'action', 'changed by', 'broken if']}
              rows=${rules.map(rule => [
                html`<code>${rule.name}</code>`,
                rule.action,
                rule.changes.map(change => `${change.source}: ${change.action}`).join(', '),
                rule.broken,
              ])}
            />`
    }
    <h2>Filled by</h2>
    ${
      table.filled_by.length === 0
        ? html`<p class="quiet">No source fills it.</p>`
        : html`<${Table}
            caption=${`Sources of ${table.name}`}
            columns=${['source', 'delivery', 'parents in', 'rows of one key']}
            rows=${table.filled_by.map(fill => {
              const source = graph.sourceOf(fill.source)
              return [
                source === undefined ? fill.source : html`<${Go} to=${address.source(source)}>${fill.source}<//>`,
                fill.delivery,
                fill.references,
                fill.on_conflict,
              ]
            })}
          />`
    }
    <${Example} query=${table.query} /> <${NearLineage} id=${`table/${table.name}`} graph=${graph} />
  <//>`
}

/** One view. */
export function ViewPage({ view, graph }: { readonly view: ViewReport; readonly graph: GraphParts }): Html {
  return html`<${Page} at=${address.view(view.name)} kind="view" title=${`clinical.${view.name}`}>
    ${view.grain === null ? null : html`<p class="lead">${`Grain: ${view.grain}.`}</p>`}
    ${view.notes === '' ? null : html`<p>${view.notes}</p>`}
    ${
      view.mart === null
        ? null
        : html`<p class="quiet">
            ${view.mart.made ? `The table mart.${view.name} has its rows, computed ${view.mart.computed_by}.` : 'A database with marts has its rows as a table, too.'}
          </p>`
    }
    ${
      view.columns === null
        ? html`<p>Its columns are in <code>${view.file}</code>.</p>`
        : html`<${Columns}
            columns=${view.columns}
            name=${view.name}
            withNulls=${false}
            origins=${graph.columns.get(`view/${view.name}`)}
            graph=${graph}
          />`
    }
    <${Example} query=${view.query} /> <${NearLineage} id=${`view/${view.name}`} graph=${graph} />
  <//>`
}

function Example({ query }: { readonly query: string }): Html {
  return html`<details>
    <summary>Example query</summary>
    <${Sql} text=${query} />
    <${Copy} text=${`caseload sql "${query.replaceAll('\n', ' ')}"`} />
  </details>`
}

interface ColumnsProps {
  readonly columns: readonly ColumnReport[]
  readonly name: string
  readonly withNulls: boolean
  /** Of a view: where its columns come from; undefined where its SQL is not followed. */
  readonly origins?: readonly ColumnOrigin[] | undefined
  readonly graph: GraphParts
}

function Columns({ columns, name, withNulls, origins, graph }: ColumnsProps): Html {
  const originOf = new Map((origins ?? []).map(one => [one.column, one]))
  const hasAllowed = columns.some(column => column.allowed !== '')
  return html`<${Table}
    caption=${`Columns of ${name}`}
    kind="columns"
    columns=${['column', 'type', 'PHI', ...(hasAllowed ? ['allowed'] : []), 'meaning', ...(origins === undefined ? [] : ['comes from']), ...(withNulls ? [{ name: 'null', number: true }] : [])]}
    rows=${columns.map(column => [
      column.name,
      `${column.type ?? ''}${column.nullable === true ? ', null' : ''}`,
      column.phi ?? '',
      ...(hasAllowed ? [column.allowed === '' ? '' : html`<span class="allowed">${column.allowed}</span>`] : []),
      column.description ?? '',
      ...(origins === undefined
        ? []
        : [
            html`<${Origins}
              known=${originOf.get(column.name)?.known ?? false}
              from=${originOf.get(column.name)?.from ?? []}
              graph=${graph}
            />`,
          ]),
      ...(withNulls ? [column.nulls === null ? '' : percent(column.nulls)] : []),
    ])}
  />`
}
