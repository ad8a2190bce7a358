import type { Display } from '../../operate/backfill/progress.ts'
import { renderLines } from './render.ts'
import { newProgress, type ProgressEvent, progressed, type ProgressState } from './state.ts'

/** A terminal, such as `process.stderr`. */
export interface Terminal {
  write(text: string): unknown
  /** Undefined or 0 if it is not known. */
  readonly columns?: number
  readonly rows?: number
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

/** How progress is shown on a terminal. */
export interface TerminalOptions {
  /** Number of batches; undefined for a command of one batch, which has no line for all batches. */
  readonly total?: number | undefined
  readonly color: boolean
  /** Returns milliseconds. */
  readonly now: () => number
}

/** Eight times a second looks smooth and does not fill a slow connection. */
const redrawMs = 125

/** The size of a terminal that does not report it. */
const defaultSize = { columns: 80, rows: 24 }

/**
 * Shows lines on a terminal that are redrawn in place, below the log lines. The cursor stays at the end of the last line and
 * is never hidden, so a killed process leaves the terminal usable.
 *
 * @param terminal nothing else may write to it until the display is closed
 */
export function terminalDisplay(terminal: Terminal, { total, color, now }: TerminalOptions): Display {
  let state: ProgressState = newProgress(total, now())
  let drawn: readonly string[] = []
  let closed = false

  const size = (): { columns: number; rows: number } => ({
    columns: terminal.columns || defaultSize.columns,
    rows: terminal.rows || defaultSize.rows,
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
  const apply = (event: ProgressEvent): void => {
    state = progressed(state, event, now())
  }
  const timer = setInterval(draw, redrawMs)
  // The timer alone must not keep the process alive.
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
  // A second signal or a bug ends the process at once; the message after it needs a clean line.
  process.once('exit', close)
  process.once('uncaughtExceptionMonitor', close)

  return {
    // The timer draws again, so a hundred warnings at once cost one redraw.
    log: lines => void terminal.write(erased() + lines),
    batch: batch => {
      apply({ kind: 'begin', batch })
      return {
        stage: stage => {
          apply({ kind: 'stage', batch, stage })
        },
        rows: rows => {
          apply({ kind: 'rows', batch, rows })
        },
        end: outcome => {
          apply({ kind: 'end', outcome })
        },
      }
    },
    close,
  }
}

/**
 * Erases the drawn lines, from a cursor at the end of the last. Most terminals wrap lines when they get narrower, so a line
 * may take several rows by now.
 */
function eraseSequence(widths: readonly number[], { columns, rows }: { columns: number; rows: number }): string {
  if (widths.length === 0) return ''
  const taken = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0)
  const up = Math.min(taken, rows) - 1
  return `\r${up > 0 ? `\u001b[${up}A` : ''}\u001b[J`
}

// eslint-disable-next-line no-control-regex -- only sequences that styledLine writes
const visibleLength = (line: string): number => line.replaceAll(/\u001b\[[0-9]+m/g, '').length
