import { max } from 'd3-array'
import { type ScaleLinear, scaleLinear, type ScaleTime, scaleUtc } from 'd3-scale'
import { utcDay, utcMonday, utcMonth } from 'd3-time'
import { html, type Html } from '../parts/html.ts'
import { shortNumber } from '../parts/words.ts'

/** The inside of a chart. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly bottom: number
  readonly top: number
}

/** A chart as wide as the page; it scales with it. */
export const frame: Frame = { width: 520, height: 140, left: 44, bottom: 20, top: 8 }

/** The moment of a day. */
export const timeOf = (date: string): Date => new Date(`${date}T00:00:00Z`)

/** From the first day to the end of the last. */
export function timeScale(from: string, to: string, { width, left }: Frame = frame): ScaleTime<number, number> {
  return scaleUtc()
    .domain([timeOf(from), utcDay.offset(timeOf(to), 1)])
    .range([left, width - 4])
}

/** From zero to the largest value. */
export function valueScale(
  values: readonly number[],
  { height, bottom, top }: Frame = frame,
): ScaleLinear<number, number> {
  return scaleLinear()
    .domain([0, Math.max(1, max(values) ?? 1)])
    .nice(4)
    .range([height - bottom, top])
}

const dayForm = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const monthForm = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' })
const yearForm = new Intl.DateTimeFormat('en-GB', { month: 'short', year: '2-digit', timeZone: 'UTC' })

/** Where an axis of time has its labels. */
function timeTicks(from: string, to: string): readonly { readonly at: Date; readonly text: string }[] {
  const end = utcDay.offset(timeOf(to), 1)
  const days = utcDay.count(timeOf(from), end)
  const label = (form: Intl.DateTimeFormat) => (at: Date) => ({ at, text: form.format(at) })
  if (days <= 10) return utcDay.range(timeOf(from), end).map(label(dayForm))
  if (days <= 45) return utcMonday.range(utcMonday.ceil(timeOf(from)), end).map(label(dayForm))
  const months = utcMonth.range(utcMonth.ceil(timeOf(from)), end)
  return months.map(at => label(at.getUTCMonth() === 0 ? yearForm : monthForm)(at))
}

interface AxesProps {
  readonly x: ScaleTime<number, number>
  readonly y: ScaleLinear<number, number>
  readonly from: string
  readonly to: string
  readonly frame?: Frame
  readonly text?: (value: number) => string
}

/** Three or four lines for values, and labels for days. */
export function Axes({ x, y, from, to, frame: box = frame, text = shortNumber }: AxesProps): Html {
  return html`<g class="axes">
    <path
      d=${y
        .ticks(3)
        .map(value => `M${box.left} ${round(y(value))}H${box.width - 4}`)
        .join('')}
    />
    ${y.ticks(3).map(value => html`<text class="y" x=${box.left - 6} y=${round(y(value)) + 4}>${text(value)}</text>`)}
    ${timeTicks(from, to).map(
      ({ at, text: label }) => html`<text x=${round(x(at))} y=${box.height - 5}>${label}</text>`,
    )}
  </g>`
}

/** To whole units of the drawing, or to tenths: nobody sees more. */
export const round = (value: number, digits = 0): number => Number(value.toFixed(digits))
