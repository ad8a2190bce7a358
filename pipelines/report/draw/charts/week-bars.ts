import { max } from 'd3-array'
import { utcWeek } from 'd3-time'
import { html, type Html } from '../parts/html.ts'
import { round, timeOf } from './scales.ts'

interface WeekBarsProps {
  readonly from: string
  readonly to: string
  readonly weeks: readonly { readonly week: string; readonly count: number }[]
}

const height = 20
const step = 5

/** Counts by week, as small as a word; the number stands beside it. */
export function WeekBars({ from, to, weeks }: WeekBarsProps): Html {
  const count = utcWeek.count(timeOf(from), timeOf(to)) + 2
  const width = count * step
  const most = max(weeks, one => one.count) ?? 1
  const shape = weeks
    .map(({ week, count: value }) => {
      const at = Math.max(0, utcWeek.count(timeOf(from), timeOf(week)) + 1) * step
      const tall = Math.max(1, round((value / most) * height))
      return `M${at} ${height}v-${tall}h${step - 1}v${tall}z`
    })
    .join('')
  return html`<svg class="weeks" aria-hidden="true" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`}>
    <path class="bars" d=${shape} />
  </svg>`
}
