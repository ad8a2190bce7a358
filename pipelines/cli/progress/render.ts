import { rowsPerSecond, timeLeft } from './estimate.ts'
import { styledLine, type StyledText } from './styled-text.ts'
import type { ProgressState, RunningBatch } from './state.ts'
import { countText, numberText } from '../../platform/count-text.ts'
import { elapsedText, leftText } from './format.ts'

/** The screen that lines are rendered for. */
export interface ScreenOptions {
  readonly columns: number
  readonly rows: number
  readonly color: boolean
}

/**
 * The last column stays free, because terminals disagree whether a cursor behind it is on this row or the next; two more stay
 * free for the ^C that a terminal echoes behind the last line.
 */
const freeColumns = 3

/**
 * The progress lines: one for each running batch, oldest first, and one for all batches. On a screen with fewer rows, one line
 * sums up the younger batches.
 *
 * @param now milliseconds, on the clock of the state
 * @returns lines without line feeds, three columns narrower than the screen, and fewer than its rows (but at least one)
 */
export function renderLines(state: ProgressState, screen: ScreenOptions, now: number): readonly string[] {
  const total = (state.total ?? 0) === 0 ? [] : [totalLine(state, now)]
  // The last row stays free: the terminal would scroll, and what has scrolled away cannot be redrawn.
  const room = Math.max(1, screen.rows - 1) - total.length
  const running = runningLines(state.running, room, now)
  return [...running, ...total].map(parts => styledLine(parts, screen.columns - freeColumns, screen.color))
}

function runningLines(running: readonly RunningBatch[], room: number, now: number): readonly (readonly StyledText[])[] {
  if (room <= 0) return []
  const shown = running.length <= room ? running : running.slice(0, room - 1)
  const hidden = running.slice(shown.length)
  const lines = columnsOf(shown, now)
  return hidden.length === 0 ? lines : [...lines, sumLine(hidden, shown.length === 0, now)]
}

function columnsOf(shown: readonly RunningBatch[], now: number): readonly (readonly StyledText[])[] {
  const cells = shown.map(one => {
    const rate = rowsPerSecond(one, now)
    return {
      source: one.batch.source,
      date: one.batch.date,
      stage: one.stage ?? 'start',
      rows: one.rows === 0 ? '' : countText(one.rows, 'row'),
      rate: rate === undefined ? '' : `${numberText(rate)} rows/s`,
      time: elapsedText(now - one.startedAt),
    }
  })
  const width = (name: 'source' | 'rows' | 'rate' | 'time'): number => Math.max(...cells.map(cell => cell[name].length))
  return cells.map(({ source, date, stage, rows, rate, time }) => [
    { text: `${source.padEnd(width('source'))}  ${date}  ${stage.padEnd('publish'.length)}` },
    ...cellOf(rows, width('rows')),
    ...cellOf(rate, width('rate')),
    { text: `  ${time.padStart(width('time'))}`, style: 'dim' },
  ])
}

/** A column that is empty in all lines is left out. */
function cellOf(text: string, width: number): readonly StyledText[] {
  return width === 0 ? [] : [{ text: `  ${text.padStart(width)}` }]
}

function sumLine(hidden: readonly RunningBatch[], isAll: boolean, now: number): readonly StyledText[] {
  const rows = hidden.reduce((sum, one) => sum + one.rows, 0)
  const rate = hidden.reduce((sum, one) => sum + (rowsPerSecond(one, now) ?? 0), 0)
  const what = isAll ? `${numberText(hidden.length)} running` : `and ${numberText(hidden.length)} more`
  return [{ text: `${what}: ${countText(rows, 'row')}, ${numberText(rate)} rows/s` }]
}

function totalLine(state: ProgressState, now: number): readonly StyledText[] {
  const { total = 0, done, failed, rows, startedAt } = state
  const left = timeLeft(state, now)
  return [
    { text: `${numberText(done)} of ${countText(total, 'batch', 'batches')}` },
    ...(failed === 0 ? [] : [{ text: ', ' }, { text: `${numberText(failed)} failed`, style: 'red' as const }]),
    { text: `, ${countText(rows, 'row')}, ${elapsedText(now - startedAt)}` },
    ...(left === undefined ? [] : [{ text: `, about ${leftText(left)} left` }]),
  ]
}
