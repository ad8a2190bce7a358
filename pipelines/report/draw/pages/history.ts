import type { SourceDay, SourceReport } from '../../model/document-source.ts'
import { groupBy } from '../../model/group.ts'
import { countText, numberText } from '../../../platform/count-text.ts'
import { html, type Html } from '../parts/html.ts'
import { address, Go } from '../parts/links.ts'
import { duration, monthText, stateWords } from '../parts/words.ts'

interface HistoryProps {
  readonly source: SourceReport
  /** Batches that have a page. */
  readonly pages: ReadonlySet<string>
}

/** One line a day, by month, the newest first. A day with a page is a link. */
export function History({ source, pages }: HistoryProps): Html {
  const months = [...groupBy(source.days, day => day.date.slice(0, 7))].reverse()
  return html`<div>
    <h2>Every day</h2>
    ${months.map(([month, days]) => html`<${Month} name=${source.name} month=${month} days=${days} pages=${pages} />`)}
  </div>`
}

interface MonthProps {
  readonly name: string
  readonly month: string
  readonly days: readonly SourceDay[]
  readonly pages: ReadonlySet<string>
}

/** Each number is as wide as the widest of its month. */
function Month({ name, month, days, pages }: MonthProps): Html {
  const problems = days.filter(day => day.problem).length
  const newest = [...days].reverse()
  const cells = newest.map(cellsOf)
  const widths = heads.map((head, at) => Math.max(head.length, ...cells.map(row => row[at]?.length ?? 0)))
  const line = (row: readonly string[]): string => row.map((cell, at) => cell.padStart((widths[at] ?? 0) + 1)).join('')
  return html`<details id=${`/month/${name}/${month}`}>
    <summary>
      ${monthText(month)}<span class="quiet">${problems === 0 ? '' : ` ${countText(problems, 'problem')}`}</span>
    </summary>
    <pre tabindex="0">
${`  ${line(heads)}\n`}${newest.map((day, at) => {
        const to = address.batch(name, day.date)
        const number = day.date.slice(8)
        const rest =
          `${line(cells[at] ?? [])}${day.state === 'published' ? '' : `  ${stateWords(day.state)}`}`.trimEnd()
        return pages.has(to) ? [html`<${Go} to=${to}>${number}<//>`, `${rest}\n`] : `${number}${rest}\n`
      })}</pre>
  </details>`
}

const heads = ['rows', 'bad', 'took'] as const

/** Rows, those in quarantine, and how long the run took; nothing where there is none. */
function cellsOf({ rows, quarantined, seconds }: SourceDay): readonly string[] {
  return [
    rows === null ? '' : numberText(rows),
    quarantined === null || quarantined === 0 ? '' : numberText(quarantined),
    seconds === null ? '' : duration(seconds),
  ]
}
