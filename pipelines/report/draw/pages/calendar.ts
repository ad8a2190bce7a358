import { utcDay } from 'd3-time'
import type { Report } from '../../model/document.ts'
import { StateGrid } from '../charts/state-grid.ts'
import { timeOf } from '../charts/scales.ts'
import { html, type Html } from '../parts/html.ts'
import { address, Go } from '../parts/links.ts'
import { StateChip, StateLegend } from '../parts/states.ts'
import { Table } from '../parts/table.ts'
import { monthText } from '../parts/words.ts'

/** Source by day: the newest days are on the right. */
export function Calendar({ report }: { readonly report: Report }): Html {
  const { sources, window } = report
  if (window === null) return null
  const first = timeOf(window.from)
  const columns = utcDay.count(first, timeOf(window.to)) + 1
  const cells = sources.flatMap(({ days }, row) =>
    days.map(({ date, state }) => ({ row, column: utcDay.count(first, timeOf(date)), date, state })),
  )
  const size = columns <= 14 ? 28 : columns <= 45 ? 20 : 14
  const states = new Set(cells.map(cell => cell.state))
  return html`<div>
    <div class="calendar">
      <ol class=${`names r${size}`}>
        ${sources.map(({ name }) => html`<li><${Go} to=${address.source(name)}>${name}<//></li>`)}
      </ol>
      <div
        class="scroll end"
        tabindex="0"
        role="region"
        aria-label="Calendar of sources and days; arrow keys move, Enter opens a day"
        data-keys
      >
        <${StateGrid}
          id="calendar"
          title="States by source and day"
          description=${`One row a source, one column a day, from ${window.from} to ${window.to}. The table below has the counts.`}
          rows=${sources.length}
          columns=${columns}
          cells=${cells}
          size=${size}
          marks=${marksOf(window.from, columns)}
          sources=${sources.map(source => source.name)}
        />
      </div>
    </div>
    <${StateLegend} states=${states} />
    <details class="behind">
      <summary>Numbers</summary>
      <${StateCounts} report=${report} states=${[...states]} />
    </details>
  </div>`
}

function StateCounts({ report, states }: { readonly report: Report; readonly states: readonly string[] }): Html {
  return html`<${Table}
    caption="Days by source and state"
    columns=${['source', ...states.map(state => ({ name: html`<${StateChip} state=${state} />`, number: true }))]}
    rows=${report.sources.map(({ name, days }) => [
      html`<${Go} to=${address.source(name)}>${name}<//>`,
      ...states.map(state => days.filter(day => day.state === state).length),
    ])}
  />`
}

/** Months, or the days of a short window. */
function marksOf(from: string, columns: number): readonly { readonly column: number; readonly text: string }[] {
  const all = Array.from({ length: columns }, (_, column) => {
    const day = utcDay.offset(timeOf(from), column).toISOString().slice(0, 10)
    return { column, day }
  })
  if (columns <= 14) return all.map(({ column, day }) => ({ column, text: day.slice(8) }))
  return all
    .filter(({ column, day }) => (column === 0 && Number(day.slice(8)) < 25) || day.endsWith('-01'))
    .map(({ column, day }) => ({ column, text: monthText(day.slice(0, 7)) }))
}
