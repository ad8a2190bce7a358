import { batchStateTable, type BatchStateName } from '../../../ledger/batch-states.ts'
import { html, type Html } from './html.ts'
import { stateWords } from './words.ts'

/** How a state is drawn in a cell of ten by ten, so that none is told by its hue alone; the style sheet has the mark of its word. */
const looks: Readonly<Record<BatchStateName, string>> = {
  published: '',
  stale: 'm2 4q1.5-2 3 0t3 0m-6 3q1.5-2 3 0t3 0',
  pinned: 'm3.5 3.5h3v3h-3z',
  dismissed: 'm4.5 5h1',
  running: 'm4 3l3 2l-3 2z',
  failed: 'm2.5 2.5l5 5m0-5l-5 5',
  refused: 'm5 2v3.5m0 1.7v.8',
  incomplete: 'm2.5 7.5l5-5',
  not_delivered: 'm2.5 5h5',
  aborted: 'm5 2v6m-2-4h4',
  overdue: 'm5 2.8a2.2 2.2 0 1 0 .01 0z',
}

const isState = (state: string): state is BatchStateName => state in looks

/** The class of a state in the style sheet. */
export const stateClass = (state: string): string => `s-${state}`

/** The strokes of a state from the corner of a cell of ten by ten. */
export const strokesOf = (state: string): string => (isState(state) ? looks[state] : '')

/** A state as a mark and its word. */
export function StateChip({ state }: { readonly state: string }): Html {
  return html`<span class=${`chip ${stateClass(state)}`}>${stateWords(state)}</span>`
}

/** What the marks mean: those that occur, in the order of the table of states. */
export function StateLegend({ states }: { readonly states: ReadonlySet<string> }): Html {
  const shown = Object.entries(batchStateTable).filter(([name]) => states.has(name))
  return html`<ul class="legend">
    ${shown.map(([name, meaning]) => html`<li title=${meaning}><${StateChip} state=${name} /></li>`)}
  </ul>`
}
