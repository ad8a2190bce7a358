import { utcDay } from 'd3-time'
import type { TableDay } from '../../model/document-source.ts'
import { html, type Html } from '../parts/html.ts'
import { type Point, stepsPath } from './path.ts'
import { Axes, frame, round, timeOf, timeScale, valueScale } from './scales.ts'

interface BandChartProps {
  readonly id: string
  readonly title: string
  readonly from: string
  readonly to: string
  readonly days: readonly TableDay[]
}

/** Rows by day, with the band of each weekday and the days outside of it. */
export function BandChart({ id, title, from, to, days }: BandChartProps): Html {
  const x = timeScale(from, to)
  const y = valueScale(days.flatMap(({ rows, high }) => [rows, high ?? 0]))
  const xOf = ({ date }: TableDay): number => round(x(utcDay.offset(timeOf(date), 0.5)))
  const banded = days.filter(({ low }) => low !== null)
  const outside = days.filter(day => day.outside)
  const at =
    (value: (day: TableDay) => number | null) =>
    (day: TableDay): Point => [xOf(day), round(y(value(day) ?? 0))]
  const band = [...banded.map(at(day => day.high)), ...[...banded].reverse().map(at(day => day.low))]
  const said = `Rows by day from ${from} to ${to}; ${outside.length} of ${days.length} days are outside of the band of their weekday.`
  return html`<svg
    class="chart"
    role="img"
    aria-labelledby=${`${id}-t ${id}-d`}
    viewBox=${`0 0 ${frame.width} ${frame.height}`}
  >
    <title id=${`${id}-t`}>${title}</title>
    <desc id=${`${id}-d`}>${said}</desc>
    <${Axes} x=${x} y=${y} from=${from} to=${to} />
    ${banded.length > 1 ? html`<path class="band" d=${`${stepsPath(band)}z`} />` : null}
    <path class="line" d=${stepsPath(days.map(at(day => day.rows)))} />
    ${days.length > 40 ? null : days.map(day => html`<circle class="dot" cx=${xOf(day)} cy=${round(y(day.rows))} r="2" />`)}
    ${outside.map(day => html`<path class="out" d=${`M${xOf(day) - 4} ${round(y(day.rows)) - 4}l8 8m0-8l-8 8`} />`)}
  </svg>`
}
