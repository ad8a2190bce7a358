import { html, type Html } from './html.ts'

/** A column: its heading, and whether its cells are numbers. */
export interface Column {
  readonly name: Html
  readonly number?: boolean
}

interface TableProps {
  readonly columns: readonly (string | Column)[]
  readonly rows: readonly (readonly Html[])[]
  /** Said before the table by a screen reader. */
  readonly caption: string
  /** True for a table whose columns sort and whose rows a reader may filter. */
  readonly tools?: boolean
  /** What the script searches in it. */
  readonly kind?: string
}

/** A table whose first column names the rows; numbers are aligned. Where all others are numbers, the table says so once. */
export function Table({ columns, rows, caption, tools = false, kind }: TableProps): Html {
  const all = columns.map(column => (typeof column === 'string' ? { name: column } : column))
  const isNumbers = all.slice(1).every(column => column.number === true)
  const classOf = (column: Column | undefined): string | undefined =>
    column?.number === true && !isNumbers ? 'n' : undefined
  const names = [kind, isNumbers ? 'num' : undefined].filter(name => name !== undefined).join(' ')
  const table = html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table class=${names === '' ? undefined : names}>
      <thead>
        <tr>
          ${all.map(column => html`<th class=${classOf(column)}>${tools ? html`<button data-sort>${column.name}</button>` : column.name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          row =>
            html`<tr>
              ${row.map((value, at) => (at === 0 ? html`<th>${value}</th>` : html`<td class=${classOf(all[at])}>${value}</td>`))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
  if (!tools) return table
  return html`<div class="tools">
    <input type="search" data-filter placeholder="Filter" aria-label=${`Filter: ${caption}`} />
    ${table}
  </div>`
}

/** A narrow table of numbers, for pages of which there are thousands. */
export function SmallTable({
  columns,
  rows,
}: Pick<TableProps, 'rows'> & { readonly columns: readonly string[] }): Html {
  return html`<table class="num">
    <thead>
      <tr>
        ${columns.map(name => html`<th>${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        row =>
          html`<tr>
            ${row.map((value, at) => (at === 0 ? html`<th>${value}</th>` : html`<td>${value}</td>`))}
          </tr>`,
      )}
    </tbody>
  </table>`
}
