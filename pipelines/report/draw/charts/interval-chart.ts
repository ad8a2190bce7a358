import { scaleLinear } from 'd3-scale'
import { html, type Html } from '../parts/html.ts'
import { monthText, percent } from '../parts/words.ts'
import { frame, round } from './scales.ts'

/** A share with its interval; null where it is hidden. */
export interface Interval {
  readonly month: string
  readonly rate: number | null
  readonly low: number | null
  readonly high: number | null
}

interface IntervalChartProps {
  readonly id: string
  readonly title: string
  readonly months: readonly Interval[]
}

/** Shares by month with their intervals. A hidden month has neither. */
export function IntervalChart({ id, title, months }: IntervalChartProps): Html {
  const shown = months.filter(({ high }) => high !== null)
  const most = Math.max(0.1, ...shown.map(({ high }) => high ?? 0))
  const y = scaleLinear()
    .domain([0, most])
    .nice(4)
    .range([frame.height - frame.bottom, frame.top])
  const step = (frame.width - frame.left - 8) / Math.max(1, months.length)
  const xOf = (index: number): number => round(frame.left + (index + 0.5) * step, 1)
  const every = Math.ceil(months.length / 8)
  return html`<svg
    class="chart"
    role="img"
    aria-labelledby=${`${id}-t ${id}-d`}
    viewBox=${`0 0 ${frame.width} ${frame.height}`}
  >
    <title id=${`${id}-t`}>${title}</title>
    <desc id=${`${id}-d`}>
      ${`${shown.length} of ${months.length} months are shown; the others count fewer than 11 stays with or without a readmission.`}
    </desc>
    <g class="axes">
      ${y
        .ticks(3)
        .map(
          value =>
            html`<path d=${`M${frame.left} ${round(y(value))}H${frame.width - 4}`} /><text
                x=${frame.left - 6}
                y=${round(y(value)) + 3.5}
                class="y"
                >${percent(value)}</text
              >`,
        )}
      ${months.map(({ month }, index) =>
        index % every === 0
          ? html`<text x=${xOf(index)} y=${frame.height - 5} text-anchor="middle">${monthText(month)}</text>`
          : null,
      )}
    </g>
    ${months.map(({ rate, low, high }, index) =>
      rate === null || low === null || high === null
        ? null
        : html`<path class="whisker" d=${`M${xOf(index)} ${round(y(low), 1)}V${round(y(high), 1)}`} /><circle
              class="dot"
              cx=${xOf(index)}
              cy=${round(y(rate), 1)}
              r="3.5"
            />`,
    )}
  </svg>`
}
