import { utcDay, utcMonday } from 'd3-time'
import type { SourceReport } from '../../model/document-source.ts'
import { dayAfter, type Window } from '../../model/window.ts'
import { numberText } from '../../../platform/count-text.ts'
import { StateGrid } from '../charts/state-grid.ts'
import { timeOf } from '../charts/scales.ts'
import { html, type Html } from '../parts/html.ts'
import { address, Go } from '../parts/links.ts'
import { Page } from '../parts/page.ts'
import { StateLegend } from '../parts/states.ts'
import { monthText, percent, weekdayText } from '../parts/words.ts'
import { History } from './history.ts'
import { SourceCharts } from './source-charts.ts'
import { sum } from './sums.ts'
import type { GraphParts } from './lineage-near.ts'
import { SourceClass } from './source-class.ts'

interface SourceProps {
  readonly source: SourceReport
  readonly window: Window | null
  readonly pages: ReadonlySet<string>
  readonly graph: GraphParts
  /** The page of its class, if other sites share it. */
  readonly classPage: string | undefined
  /** What its newest batch was made from. */
  readonly made: string
}

/** One source: how it delivers, what it brought, and how its rows are made. */
export function Source({ source, window, pages, graph, classPage, made }: SourceProps): Html {
  const { name } = source
  return html`<${Page} at=${address.source(name)} kind="source" title=${name}>
    <p class="lead">${facts(source).join(' ')}</p>
    ${made === '' ? null : html`<p class="quiet">Its newest batch was made from ${made}.</p>`}
    ${window === null ? null : html`<${States} source=${source} window=${window} />`}
    ${window === null ? null : html`<${SourceCharts} source=${source} window=${window} />`}
    ${
      classPage === undefined
        ? html`<${SourceClass} source=${source} graph=${graph} />`
        : html`<p><${Go} to=${classPage}>Inputs, tables, lineage and SELECTs of its class<//></p>`
    }
    ${window === null ? null : html`<${History} source=${source} pages=${pages} />`}
  <//>`
}

function facts(source: SourceReport): readonly string[] {
  const due = sum(source.on_time.map(month => month.due))
  const onTime = sum(source.on_time.map(month => month.on_time))
  const lag =
    source.lag_days === 0
      ? 'of the day itself'
      : source.lag_days === 1
        ? 'of the next day'
        : `${source.lag_days} days later`
  return [
    `Delivers ${source.schedule}, due at ${source.due} ${lag}, zone ${source.zone}.`,
    ...(source.ready.length === 0 ? [] : [`A delivery is complete with ${source.ready.join(' and ')}.`]),
    ...(due === 0 ? [] : [`${percent(onTime / due)} of ${numberText(due)} days were on time.`]),
    ...(source.installed ? [] : ['Its code is not installed here: only what the ledger knows is shown.']),
  ]
}

const size = 14

/** Weeks as columns, weekdays as rows. */
function States({ source, window }: { readonly source: SourceReport; readonly window: Window }): Html {
  const monday = utcMonday.floor(timeOf(window.from))
  const cells = source.days.map(({ date, state }) => {
    const days = utcDay.count(monday, timeOf(date))
    return { row: days % 7, column: Math.floor(days / 7), date, state }
  })
  const columns = Math.floor(utcDay.count(monday, timeOf(window.to)) / 7) + 1
  const start = monday.toISOString().slice(0, 10)
  const weekdays = Array.from({ length: 7 }, (_, day) => weekdayText(dayAfter(start, day)))
  return html`<div>
    <div class="calendar">
      <ol class="names r14">
        ${weekdays.map(day => html`<li>${day}</li>`)}
      </ol>
      <div
        class="scroll end"
        tabindex="0"
        role="region"
        aria-label=${`Calendar of ${source.name}; arrow keys move, Enter opens a day`}
        data-keys
      >
        <${StateGrid}
          id=${`days-${source.name}`}
          title=${`States of ${source.name} by day`}
          description=${`One column a week, one row a weekday, from ${window.from} to ${window.to}. The history below has every day.`}
          rows=${7}
          columns=${columns}
          cells=${cells}
          size=${size}
          marks=${weekMarks(start, columns)}
          sources=${[source.name]}
        />
      </div>
    </div>
    <${StateLegend} states=${new Set(cells.map(cell => cell.state))} />
  </div>`
}

/** A month above the first week that begins in it. */
function weekMarks(monday: string, columns: number): readonly { readonly column: number; readonly text: string }[] {
  const months = Array.from({ length: columns }, (_, column) => dayAfter(monday, 7 * column).slice(0, 7))
  return months
    .map((month, column) => ({ month, column }))
    .filter(({ month, column }) => column > 0 && month !== months[column - 1])
    .map(({ month, column }) => ({ column, text: monthText(month).slice(0, 3) }))
}
