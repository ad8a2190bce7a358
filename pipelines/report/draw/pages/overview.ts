import type { Report } from '../../model/document.ts'
import { countText, numberText } from '../../../platform/count-text.ts'
import { BarChart } from '../charts/bar-chart.ts'
import { html, type Html } from '../parts/html.ts'
import { Figure } from '../parts/figure.ts'
import { address, Go } from '../parts/links.ts'
import { Page } from '../parts/page.ts'
import { Table } from '../parts/table.ts'
import { monthText, percent } from '../parts/words.ts'
import { Attention } from './attention.ts'
import { Calendar } from './calendar.ts'
import { lastDay, monthsOnTime, rowsByDay, worstFirst } from './sums.ts'

/** What needs attention now, and how the days went. */
export function Overview({ report, pages }: { readonly report: Report; readonly pages: ReadonlySet<string> }): Html {
  const { window, sources } = report
  if (window === null)
    return html`<${Page} at="/" kind="page" title="Overview">
      <p class="lead">${`No ledger is shown: ${report.ledger.note ?? ''}.`}</p>
      <p>
        <${Go} to="/sources">Sources<//>, <${Go} to="/dictionary">dictionary<//> and
        <${Go} to="/lineage">lineage<//> need none.
      </p>
    <//>`
  const days = sources.flatMap(source => source.days)
  const well = days.filter(day => !day.problem).length
  const title =
    report.attention.length === 0
      ? 'Nothing needs attention'
      : `${countText(report.attention.length, 'problem')} ${report.attention.length === 1 ? 'needs' : 'need'} attention`
  return html`<${Page} at="/" kind="page" title=${title}>
    <p class="lead">
      ${`${countText(sources.length, 'source')}, ${window.from} to ${window.to}: ${numberText(well)} of ${countText(days.length, 'batch', 'batches')} without a problem.`}
    </p>
    <${Attention} lines=${report.attention} pages=${pages} />
    <h2>Sources, worst of the last 7 days first</h2>
    <${WorstSources} report=${report} />
    <h2>Every source and day</h2>
    <${Calendar} report=${report} />
    <h2>How the days went</h2>
    <${Trends} report=${report} />
  <//>`
}

const mostSources = 10

function WorstSources({ report }: { readonly report: Report }): Html {
  const all = worstFirst(report.sources, lastDay(report))
  const rows = all
    .slice(0, mostSources)
    .map(one => [
      html`<${Go} to=${address.source(one.name)}>${one.name}<//>`,
      one.problems,
      one.days,
      numberText(one.rows),
      numberText(one.quarantined),
      one.onTime === null ? '–' : percent(one.onTime),
    ])
  const table = html`<${Table}
    caption="Sources, worst of the last 7 days first"
    columns=${[
      'source',
      { name: 'problems', number: true },
      { name: 'days', number: true },
      { name: 'rows', number: true },
      { name: 'in quarantine', number: true },
      { name: 'on time', number: true },
    ]}
    rows=${rows}
  />`
  return all.length <= mostSources
    ? table
    : html`<div>
        ${table}
        <p><${Go} to="/sources">All ${all.length} sources<//></p>
      </div>`
}

function Trends({ report }: { readonly report: Report }): Html {
  const { window } = report
  if (window === null) return null
  const rows = rowsByDay(report.sources)
  const months = monthsOnTime(report.sources)
  return html`<div class="two">
    <${Figure} title="Rows per day" note="all tables of all sources">
      <${BarChart}
        id="rows-per-day"
        title="Rows per day"
        description=${`Rows of all tables by day; the largest day has ${numberText(Math.max(0, ...rows.map(day => day.value)))}.`}
        from=${window.from}
        to=${window.to}
        bars=${rows}
      />
    <//>
    <${Figure}
      title="On time"
      note="share of the days that were due"
      table=${html`<${Table}
        caption="Days on time by month"
        columns=${['month', { name: 'due', number: true }, { name: 'on time', number: true }, { name: 'share', number: true }]}
        rows=${months.map(one => [monthText(one.month), one.due, one.on_time, percent(one.on_time / one.due)])}
      />`}
    >
      ${
        months.length === 0
          ? html`<p class="quiet">No day was due since the sources ran for the first time.</p>`
          : html`<${BarChart}
              id="on-time"
              title="On time by month"
              description="Share of the days that were published before they were late"
              from=${`${months[0]?.month ?? ''}-01`}
              to=${window.to}
              bars=${months.map(one => ({ from: `${one.month}-01`, days: daysOfMonth(one.month), value: one.on_time / one.due }))}
              most=${1}
              text=${percent}
            />`
      }
    <//>
  </div>`
}

const daysOfMonth = (month: string): number =>
  new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate()
