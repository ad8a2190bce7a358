import type { Attention as Line } from '../../model/document.ts'
import { html, type Html } from '../parts/html.ts'
import { address, Copy, Go } from '../parts/links.ts'
import { StateChip } from '../parts/states.ts'
import { daysText } from '../parts/words.ts'

/** Lines that are shown at once, and those that open; the rest has to be asked for. */
const most = 8
const mostOpened = 40

interface AttentionProps {
  readonly lines: readonly Line[]
  /** Batches that have a page. */
  readonly pages: ReadonlySet<string>
}

/** What needs attention now, and the command for it. */
export function Attention({ lines, pages }: AttentionProps): Html {
  if (lines.length === 0) return html`<p class="good">Every batch that is due is there.</p>`
  const [first, others] = [lines.slice(0, most), lines.slice(most, most + mostOpened)]
  const rest = lines.length - first.length - others.length
  return html`<div>
    <ul class="attention">
      ${first.map(line => html`<${Item} line=${line} pages=${pages} />`)}
    </ul>
    ${
      others.length === 0
        ? null
        : html`<details>
            <summary>${`${lines.length - first.length} more`}</summary>
            <ul class="attention">
              ${others.map(line => html`<${Item} line=${line} pages=${pages} />`)}
            </ul>
            ${rest === 0 ? null : html`<p>And ${rest} more: <${Copy} text="caseload status --problems" /></p>`}
          </details>`
    }
  </div>`
}

function Item({ line, pages }: { readonly line: Line; readonly pages: ReadonlySet<string> }): Html {
  const { source, from, to, days, state, text, command } = line
  const page = address.batch(source, from)
  const when = days === 1 ? from : `${from} to ${to}, ${daysText(days)}`
  return html`<li>
    <${StateChip} state=${state} />
    <div>
      <p>
        <b><${Go} to=${pages.has(page) ? page : address.source(source)}>${source}<//></b> ${when}
      </p>
      <p class="quiet">${withoutState(text, state)}</p>
      <${Copy} text=${command} />
    </div>
  </li>`
}

/** The mark says the state already. */
function withoutState(text: string, state: string): string {
  const words = state.replaceAll('_', ' ')
  const rest = text.startsWith(words) ? text.slice(words.length).replace(/^[;\s]+/, '') : text
  return rest.charAt(0).toUpperCase() + rest.slice(1)
}
