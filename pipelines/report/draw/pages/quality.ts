import type { Report } from '../../model/document.ts'
import type { RuleWeeks } from '../../model/document-source.ts'
import { groupBy } from '../../model/group.ts'
import { numberText } from '../../../platform/count-text.ts'
import { WeekBars } from '../charts/week-bars.ts'
import { html, type Html } from '../parts/html.ts'
import { address, Go } from '../parts/links.ts'
import { Page } from '../parts/page.ts'
import { Table } from '../parts/table.ts'
import { percent } from '../parts/words.ts'
import { Clinical } from './clinical.ts'
import { sum } from './sums.ts'

/** Rules, checks, nulls, late suppliers, and clinical aggregates. */
export function Quality({ report }: { readonly report: Report }): Html {
  return html`<${Page} at="/quality" kind="page" title="Quality">
    <h2>Rules that were broken, by source</h2>
    <${RuleMatrix} report=${report} />
    <h2>Checks that did not hold</h2>
    <${Checks} report=${report} />
    <h2>Late suppliers</h2>
    <${Late} report=${report} />
    <h2>Shares of null</h2>
    <${Nulls} report=${report} /> <${Clinical} report=${report} />
  <//>`
}

/** Rules by source over all days, and by week over all sources; a cell leads to the source, which has its own weeks. */
function RuleMatrix({ report }: { readonly report: Report }): Html {
  const { window } = report
  const broken = report.sources.flatMap(source => source.broken.map(one => ({ ...one, source: source.name })))
  if (broken.length === 0) return html`<p class="quiet">No row broke a rule.</p>`
  const rules = [...groupBy(broken, one => `${one.table} ${one.rule}`)].sort(
    ([, a], [, b]) => sum(b.map(one => one.total)) - sum(a.map(one => one.total)),
  )
  const sources = [...new Set(broken.map(one => one.source))].sort()
  return html`<${Table}
    caption="Rows and values that broke a rule, by source"
    tools=${true}
    columns=${['rule', 'table', 'by week', { name: 'all', number: true }, ...sources.map(name => ({ name, number: true }))]}
    rows=${rules.map(([, same]) => [
      html`<code>${same[0]?.rule ?? ''}</code>`,
      html`<${Go} to=${address.table(same[0]?.table ?? '')}>${same[0]?.table ?? ''}<//>`,
      window === null ? '' : html`<${WeekBars} from=${window.from} to=${window.to} weeks=${weeksOf(same)} />`,
      numberText(sum(same.map(one => one.total))),
      ...sources.map(name => {
        const count = sum(same.filter(one => one.source === name).map(one => one.total))
        return count === 0 ? '' : html`<${Go} to=${address.source(name)}>${numberText(count)}<//>`
      }),
    ])}
  />`
}

function weeksOf(same: readonly RuleWeeks[]): RuleWeeks['weeks'] {
  return [
    ...groupBy(
      same.flatMap(one => one.weeks),
      one => one.week,
    ),
  ].map(([week, counts]) => ({
    week,
    count: sum(counts.map(one => one.count)),
  }))
}

function Checks({ report }: { readonly report: Report }): Html {
  const rows = report.quality.checks
    .map(one => ({
      ...one,
      bad: sum(one.months.map(month => month.warn + month.fail)),
      all: sum(one.months.map(month => month.pass + month.warn + month.fail)),
      last: one.months.filter(month => month.warn + month.fail > 0).at(-1)?.month,
    }))
    .filter(one => one.bad > 0)
    .sort((a, b) => b.bad - a.bad)
  if (rows.length === 0) return html`<p class="quiet">All checks of the published batches hold.</p>`
  return html`<${Table}
    caption="Checks that did not hold"
    tools=${true}
    columns=${['check', 'table', 'source', { name: 'batches', number: true }, { name: 'of', number: true }, 'last in']}
    rows=${rows.map(one => [
      one.name,
      html`<${Go} to=${address.table(one.table)}>${one.table}<//>`,
      html`<${Go} to=${address.source(one.source)}>${one.source}<//>`,
      numberText(one.bad),
      numberText(one.all),
      one.last ?? '',
    ])}
  />`
}

function Late({ report }: { readonly report: Report }): Html {
  const rows = report.sources
    .map(({ name, on_time: months }) => ({
      name,
      due: sum(months.map(one => one.due)),
      onTime: sum(months.map(one => one.on_time)),
    }))
    .filter(one => one.due > one.onTime)
    .sort((a, b) => a.onTime / a.due - b.onTime / b.due)
  if (rows.length === 0) return html`<p class="quiet">No source was late.</p>`
  return html`<${Table}
    caption="Late suppliers"
    columns=${['source', { name: 'days due', number: true }, { name: 'late', number: true }, { name: 'on time', number: true }]}
    rows=${rows.map(one => [
      html`<${Go} to=${address.source(one.name)}>${one.name}<//>`,
      numberText(one.due),
      numberText(one.due - one.onTime),
      percent(one.onTime / one.due),
    ])}
  />`
}

function Nulls({ report }: { readonly report: Report }): Html {
  const rows = report.tables.flatMap(table =>
    table.columns.flatMap(({ name, nulls }) =>
      nulls === null || nulls === 0 ? [] : [{ table: table.name, name, nulls }],
    ),
  )
  if (rows.length === 0) return html`<p class="quiet">There is none to show.</p>`
  return html`<div>
    <p class="quiet">
      Of the last days, as the statistics of the server estimate them; only columns that do not help to identify a
      person, and no share of fewer than 11 rows.
    </p>
    <${Table}
      caption="Shares of null"
      tools=${true}
      columns=${['column', 'table', { name: 'null', number: true }]}
      rows=${rows
        .sort((a, b) => b.nulls - a.nulls)
        .map(one => [
          html`<code>${one.name}</code>`,
          html`<${Go} to=${address.table(one.table)}>${one.table}<//>`,
          percent(one.nulls),
        ])}
    />
  </div>`
}
