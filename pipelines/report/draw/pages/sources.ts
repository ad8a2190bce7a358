import type { Report } from '../../model/document.ts'
import { numberText } from '../../../platform/count-text.ts'
import { html, type Html } from '../parts/html.ts'
import { address, Go } from '../parts/links.ts'
import { Page } from '../parts/page.ts'
import { Table } from '../parts/table.ts'
import { percent } from '../parts/words.ts'
import { sum } from './sums.ts'

/** Every source. */
export function Sources({ report }: { readonly report: Report }): Html {
  const rows = report.sources.map(source => {
    const due = sum(source.on_time.map(month => month.due))
    return [
      html`<${Go} to=${address.source(source.name)}>${source.name}<//>`,
      source.schedule,
      source.tables.map(fill => fill.table).join(', '),
      source.days.length,
      source.days.filter(day => day.problem).length,
      numberText(sum(source.days.map(day => day.rows ?? 0))),
      numberText(sum(source.days.map(day => day.quarantined ?? 0))),
      due === 0 ? '–' : percent(sum(source.on_time.map(month => month.on_time)) / due),
    ]
  })
  return html`<${Page} at="/sources" kind="page" title="Sources">
    <${Table}
      caption="Sources"
      tools=${true}
      columns=${[
        'source',
        'delivers',
        'tables',
        { name: 'days', number: true },
        { name: 'problems', number: true },
        { name: 'rows', number: true },
        { name: 'in quarantine', number: true },
        { name: 'on time', number: true },
      ]}
      rows=${rows}
    />
  <//>`
}
