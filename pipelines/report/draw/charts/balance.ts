import { scaleLinear } from 'd3-scale'
import { html, type Html } from '../parts/html.ts'
import { numberOr } from '../parts/words.ts'
import { round } from './scales.ts'

interface BalanceProps {
  readonly id: string
  readonly records: number
  readonly candidates: number
  readonly loaded: number
  readonly quarantined: number
  readonly removed: number
}

const width = 520
const row = 30
const left = 96

/** The balance as a funnel: what was delivered, what the SELECTs yielded, and what became of it. */
export function Balance({ id, records, candidates, loaded, quarantined, removed }: BalanceProps): Html {
  const x = scaleLinear()
    .domain([0, Math.max(1, records, candidates)])
    .range([0, width - left - 70])
  const bar = (at: number, name: string, parts: readonly (readonly [value: number, kind: string])[]): Html => {
    const total = parts.reduce((sum, [value]) => sum + value, 0)
    const ends = parts.map((_, index) => parts.slice(0, index + 1).reduce((sum, [value]) => sum + value, 0))
    return html`<g transform=${`translate(0 ${at * row})`}>
      <text x="0" y="19">${name}</text>
      ${parts.map(([value, kind], index) =>
        value === 0
          ? null
          : html`<rect
              class=${kind}
              x=${left + round(x((ends[index] ?? 0) - value), 1)}
              y="5"
              width=${Math.max(1, round(x(value), 1))}
              height="20"
            />`,
      )}
      <text class="total" x=${left + round(x(total), 1) + 8} y="19">${numberOr(total)}</text>
    </g>`
  }
  return html`<svg
    class="chart balance"
    role="img"
    aria-labelledby=${`${id}-t ${id}-d`}
    viewBox=${`0 0 ${width} ${row * 3}`}
  >
    <title id=${`${id}-t`}>Balance of the batch</title>
    <desc id=${`${id}-d`}>
      ${`${records} records, ${candidates} candidates: ${loaded} loaded, ${quarantined} in quarantine, ${removed} removed by a rule`}
    </desc>
    ${bar(0, 'records', [[records, 'soft']])} ${bar(1, 'candidates', [[candidates, 'soft']])}
    ${bar(2, 'outcome', [
      [loaded, 'fill-loaded'],
      [quarantined, 'fill-quarantined'],
      [removed, 'fill-removed'],
    ])}
  </svg>`
}
