import { scaleUtc } from 'd3-scale'
import type { BatchRunReport } from '../../model/document-batch.ts'
import { html, type Html } from '../parts/html.ts'
import { momentText } from '../parts/words.ts'
import { round } from './scales.ts'

interface TimelineProps {
  readonly id: string
  /** At least one. */
  readonly runs: readonly BatchRunReport[]
}

const width = 520
const row = 26
const left = 84
const letter = 9

/**
 * The runs of a batch as bars over time: attempts that failed, and the stages of the last attempt, which end with the run. A line
 * stands where a stage begins, and a wide stage has its name in it.
 */
export function Timeline({ id, runs }: TimelineProps): Html {
  const ends = runs.flatMap(run => [run.started_at, run.ended_at ?? run.started_at]).sort()
  const [first = ''] = ends
  const last = ends.at(-1) ?? first
  const x = scaleUtc()
    .domain([new Date(first), new Date(Math.max(Date.parse(last), Date.parse(first) + 1000))])
    .range([left, width - 12])
  const at = (moment: string): number => round(x(new Date(moment)), 1)
  const height = runs.length * row + 18
  return html`<svg class="chart" role="img" aria-labelledby=${`${id}-t ${id}-d`} viewBox=${`0 0 ${width} ${height}`}>
    <title id=${`${id}-t`}>Runs of the batch</title>
    <desc id=${`${id}-d`}>${`${runs.length} runs from ${momentText(first)} to ${momentText(last)}, UTC`}</desc>
    ${runs.map((run, index) => {
      const y = index * row + 6
      const end = at(run.ended_at ?? run.started_at)
      return html`<g>
        <text x="0" y=${y + 12}>${run.run}</text>
        <rect
          class=${run.published_at === null ? 'fill-quarantined' : 'fill-loaded'}
          x=${at(run.started_at)}
          y=${y}
          width=${Math.max(3, round(end - at(run.started_at), 1))}
          height="16"
        />
        ${stageMarks(run).map(
          ({ stage, from, to }) =>
            html`<g>
              <title>${stage}</title>
              <path class="stage-begin" d=${`M${at(from)} ${y}v16`} />
              ${at(to) - at(from) < stage.length * letter ? null : html`<text class="stage" x=${at(from) + 4} y=${y + 12}>${stage}</text>`}
            </g>`,
        )}
        ${run.failures.map(failure => html`<path class="out" d=${`M${at(failure.at) - 4} ${y + 4}l8 8m0-8l-8 8`} />`)}
      </g>`
    })}
    <text class="axis" x=${left} y=${height - 3}>${momentText(first)}</text>
    <text class="axis" x=${width - 12} y=${height - 3} text-anchor="end">${momentText(last)}</text>
  </svg>`
}

interface StageMark {
  readonly stage: string
  readonly from: string
  readonly to: string
}

function stageMarks({ stages, ended_at: end }: BatchRunReport): readonly StageMark[] {
  if (end === null) return []
  const whole = stages.reduce((sum, { ms }) => sum + ms, 0)
  const begins = stages.map((_, index) => stages.slice(0, index).reduce((sum, { ms }) => sum + ms, 0))
  const moment = (ms: number): string => new Date(Date.parse(end) - whole + ms).toISOString()
  return stages.map(({ stage, ms }, index) => {
    const from = begins[index] ?? 0
    return { stage, from: moment(from), to: moment(from + ms) }
  })
}
