import { utcDay } from 'd3-time'
import { html, type Html } from '../parts/html.ts'
import { Axes, type Frame, frame, round, timeOf, timeScale, valueScale } from './scales.ts'

/** A bar of a day, a week or a month. */
export interface Bar {
  /** Its first day. */
  readonly from: string
  readonly days: number
  readonly value: number
}

interface BarChartProps {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly from: string
  readonly to: string
  readonly bars: readonly Bar[]
  readonly text?: (value: number) => string
  /** Of a share it is 1; else that of the largest bar. */
  readonly most?: number
}

/** A few wide bars shout. */
const widest = 40

/** Values over time as bars: all bars are one path. */
export function BarChart({ id, title, description, from, to, bars, text, most }: BarChartProps): Html {
  const box: Frame = { ...frame, height: 120 }
  const x = timeScale(from, to, box)
  const y = valueScale(most === undefined ? bars.map(bar => bar.value) : [most], box)
  const floor = y(0)
  const shape = bars
    .map(bar => {
      const left = x(timeOf(bar.from))
      const right = x(utcDay.offset(timeOf(bar.from), bar.days))
      const wide = right - left
      const [start, width] =
        wide > widest ? [left, widest] : [left + (wide > 4 ? 0.5 : 0.1), wide - (wide > 4 ? 1 : 0.2)]
      return `M${round(start, 1)} ${floor}V${round(y(bar.value))}h${round(width, 1)}V${floor}z`
    })
    .join('')
  return html`<svg
    class="chart"
    role="img"
    aria-labelledby=${`${id}-t ${id}-d`}
    viewBox=${`0 0 ${box.width} ${box.height}`}
  >
    <title id=${`${id}-t`}>${title}</title>
    <desc id=${`${id}-d`}>${description}</desc>
    <${Axes} x=${x} y=${y} from=${from} to=${to} frame=${box} text=${text} />
    <path class="bars" d=${shape} />
  </svg>`
}
