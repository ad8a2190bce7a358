import type { Display } from '../../operate/backfill/progress.ts'
import { renderLines } from './render.ts'
import { newProgress, type ProgressEvent, progressed, type ProgressState } from './state.ts'

/** A terminal, as `process.stderr` is one. */
export interface Terminal {
  write(text: string): unknown
  /** Undefined or 0 where it does not know. */
  readonly columns?: number
  readonly rows?: number
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

/** How progress is shown on a terminal. */
export interface TerminalOptions {
  /** Batches there will be; undefined for a command of one batch, which has no line for the whole. */
  readonly total?: number | undefined
  readonly color: boolean
  /** Gives milliseconds. */
  readonly now: () => number
}

/** Eight times a second: a person sees no jumps, and a slow connection is not filled. */
const everyMs = 125

/** What a terminal has that does not know its size. */
const usual = { columns: 80, rows: 24 }

/**
 * Shows lines on a terminal that are redrawn in place, under everything that is logged. The cursor stays at the end of
 * the last of them and is never hidden, so a process that is killed leaves the terminal as it should be.
 *
 * @param terminal nobody else may write to it until the display is closed
 */
export function terminalDisplay(terminal: Terminal, { total, color, now }: TerminalOptions): Display {
  let state: ProgressState = newProgress(total, now())
  let drawn: readonly string[] = []
  let closed = false

  const size = (): { columns: number; rows: number } => ({
    columns: terminal.columns || usual.columns,
    rows: terminal.rows || usual.rows,
  })
  const erased = (): string => {
    const sequence = eraseSequence(drawn.map(visibleLength), size())
    drawn = []
    return sequence
  }
  const draw = (): void => {
    const lines = renderLines(state, { ...size(), color }, now())
    if (lines.length === drawn.length && lines.every((line, i) => line === drawn[i])) return
    const sequence = erased()
    drawn = lines
    terminal.write(sequence + lines.join('\n'))
  }
  const happened = (event: ProgressEvent): void => {
    state = progressed(state, event, now())
  }
  const timer = setInterval(draw, everyMs)
  // Progress alone keeps no command alive.
  timer.unref()
  const close = (): void => {
    if (closed) return
    closed = true
    clearInterval(timer)
    terminal.off('resize', draw)
    process.off('exit', close)
    process.off('uncaughtExceptionMonitor', close)
    if (drawn.length > 0) terminal.write(erased())
  }
  terminal.on('resize', draw)
  // A second signal or a bug ends the process without a word to us; what it says should stand on lines of its own.
  process.once('exit', close)
  process.once('uncaughtExceptionMonitor', close)

  return {
    // Drawn again by the clock: a hundred warnings at once are written, not redrawn under.
    log: lines => void terminal.write(erased() + lines),
    batch: batch => {
      happened({ kind: 'begin', batch })
      return {
        stage: stage => {
          happened({ kind: 'stage', batch, stage })
        },
        rows: rows => {
          happened({ kind: 'rows', batch, rows })
        },
        end: outcome => {
          happened({ kind: 'end', outcome })
        },
      }
    },
    close,
  }
}

/**
 * Takes drawn lines away, from a cursor at the end of the last. Most terminals wrap what they show when they get
 * narrower, so a line may take several rows by now.
 */
function eraseSequence(widths: readonly number[], { columns, rows }: { columns: number; rows: number }): string {
  if (widths.length === 0) return ''
  const taken = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0)
  const up = Math.min(taken, rows) - 1
  return `\r${up > 0 ? `\u001b[${up}A` : ''}\u001b[J`
}

// eslint-disable-next-line no-control-regex -- the sequences are ours
const visibleLength = (line: string): number => line.replaceAll(/\u001b\[[0-9]+m/g, '').length
