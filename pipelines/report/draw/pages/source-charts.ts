import type { RuleWeeks, SourceReport } from '../../model/document-source.ts'
import { dayAfter, type Window } from '../../model/window.ts'
import { numberText } from '../../../platform/count-text.ts'
import { BandChart } from '../charts/band-chart.ts'
import { BarChart } from '../charts/bar-chart.ts'
import { WeekBars } from '../charts/week-bars.ts'
import { html, type Html } from '../parts/html.ts'
import { Figure } from '../parts/figure.ts'
import { address, Go } from '../parts/links.ts'
import { Table } from '../parts/table.ts'
import { duration } from '../parts/words.ts'

/** The charts show nine weeks by day; the history has the rest. */
const chartDays = 63
const mostRules = 12

interface ChartsProps {
  readonly source: SourceReport
  readonly window: Window
}

/** Rows by table, durations, and what broke which rule. */
export function SourceCharts({ source, window }: ChartsProps): Html {
  const earliest = dayAfter(window.to, 1 - chartDays)
  const from = earliest > window.from ? earliest : window.from
  const tables = source.rows.map(({ table, days }) => ({ table, days: days.filter(day => day.date >= from) }))
  const shown = tables.filter(({ days }) => days.length > 0)
  const taken = source.days.filter(day => day.date >= from && day.seconds !== null)
  return html`<div>
    ${shown.length === 0 ? null : html`<h2>Rows by table</h2>`}
    <div class="two">
      ${shown.map(({ table, days }) => {
        const outside = days.filter(day => day.outside).length
        return html`<${Figure}
          title=${html`<${Go} to=${address.table(table)}>${table}<//>`}
          note=${outside === 0 ? undefined : `${outside} outside of the band of the weekday`}
        >
          <${BandChart}
            id=${`rows-${source.name}-${table}`}
            title=${`Rows of ${table} by day`}
            from=${from}
            to=${window.to}
            days=${days}
          />
        <//>`
      })}
      ${
        taken.length === 0
          ? null
          : html`<${Figure} title="Duration of runs">
              <${BarChart}
                id=${`took-${source.name}`}
                title="Duration of runs by day"
                description=${`The longest run took ${duration(Math.max(...taken.map(day => day.seconds ?? 0)))}.`}
                from=${from}
                to=${window.to}
                bars=${taken.map(day => ({ from: day.date, days: 1, value: day.seconds ?? 0 }))}
                text=${duration}
              />
            <//>`
      }
    </div>
    ${
      shown.length === 0
        ? null
        : html`<details class="behind">
            <summary>Numbers</summary>
            <${RowsTable} tables=${shown} />
          </details>`
    }
    <${BrokenRules} broken=${source.broken} window=${window} />
  </div>`
}

function RowsTable({ tables }: { readonly tables: SourceReport['rows'] }): Html {
  const days = [...new Set(tables.flatMap(one => one.days.map(day => day.date)))].sort().reverse()
  const rowsOf = tables.map(one => new Map(one.days.map(day => [day.date, day])))
  return html`<${Table}
    caption="Rows by table and day; a star marks a day outside of the band of its weekday"
    columns=${['day', ...tables.map(one => ({ name: one.table, number: true }))]}
    rows=${days.map(date => [
      date,
      ...rowsOf.map(rows => {
        const day = rows.get(date)
        return day === undefined ? '' : `${day.outside ? '* ' : ''}${numberText(day.rows)}`
      }),
    ])}
  />`
}

/** What broke a rule, by week. */
function BrokenRules({ broken, window }: { readonly broken: readonly RuleWeeks[]; readonly window: Window }): Html {
  if (broken.length === 0) return null
  return html`<div>
    <h2>Rules that were broken</h2>
    <${Table}
      caption="Rules that were broken, by week"
      columns=${['rule', 'table', 'what happened', { name: 'count', number: true }, 'by week']}
      rows=${broken
        .slice(0, mostRules)
        .map(one => [
          html`<code>${one.rule}</code>`,
          html`<${Go} to=${address.table(one.table)}>${one.table}<//>`,
          one.what,
          numberText(one.total),
          html`<${WeekBars} from=${window.from} to=${window.to} weeks=${one.weeks} />`,
        ])}
    />
    ${broken.length > mostRules ? html`<p class="quiet">${`${broken.length - mostRules} more, with fewer rows.`}</p>` : null}
  </div>`
}
