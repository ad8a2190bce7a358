import type { Environment } from '../../platform/environment.ts'
import { stderrLog, type LogContext, type LogLevel } from '../../platform/log.ts'
import { readLogFormat } from '../../platform/log-format.ts'
import { redactor } from '../../platform/redact.ts'
import { logOutcome } from './outcome-line.ts'
import { noListener } from '../../run/run-listener.ts'
import type { Display, Progress } from '../../operate/backfill/progress.ts'
import { type Terminal, terminalDisplay } from './terminal.ts'

/** The flags that control progress. */
export interface ProgressFlags {
  /** `--quiet`: only warnings and errors. */
  readonly quiet?: boolean
  /** `--log-format` */
  readonly logFormat?: string
}

/** Standard error, which may be a terminal. */
export type ErrorStream = Terminal & { readonly isTTY?: boolean }

/**
 * Opens the progress of a command.
 * - on a terminal: lines redrawn in place; warnings, errors and failed batches of a backfill above them
 * - not a terminal, `TERM=dumb` or CI: a plain line per stage, or, for a backfill, per finished batch
 * - `--log-format json`: an object per stage and per finished batch of a backfill, terminal or not
 * - `--quiet`: only warnings, errors and failed batches, in either format
 *
 * @param env CASELOAD_LOG_FORMAT, TERM, CI, NO_COLOR, and the secrets that are redacted
 * @param stream standard error
 * @param options `total`: for a backfill, the number of batches to run; `redraws`: false for lines on a terminal, too
 * @throws UsageError for an unknown log format
 */
export function openProgress(
  flags: ProgressFlags,
  env: Environment,
  stream: ErrorStream,
  { total, redraws = true }: { readonly total?: number; readonly redraws?: boolean } = {},
): Progress {
  const format = readLogFormat(flags.logFormat, env)
  const quiet = flags.quiet === true
  const redact = redactor(env)
  const isDrawn = redraws && format === 'text' && !quiet && canRedraw(env, stream)
  const display = isDrawn
    ? terminalDisplay(stream, { total, color: (env['NO_COLOR'] ?? '') === '', now: () => performance.now() })
    : plainDisplay(stream)
  const log = (context: LogContext, level: LogLevel): ReturnType<Progress['log']> =>
    stderrLog(context, {
      format,
      redact,
      level,
      write: lines => {
        display.log(lines)
      },
    })
  const outcomeLevel = quiet || isDrawn ? 'warn' : 'info'
  // No person reads the stages of hundreds of batches; a program may want them.
  const stepLevel = total !== undefined && format === 'text' ? 'warn' : outcomeLevel
  return {
    log: (context = {}) => log(context, stepLevel),
    batch: batch => {
      const shown = display.batch(batch)
      return {
        ...shown,
        end: ended => {
          shown.end(ended)
          if (total === undefined) return
          const run = ended.runId === undefined ? {} : { run: ended.runId }
          logOutcome(log({ ...run, ...ended.batch, outcome: ended.outcome }, outcomeLevel), ended)
        },
      }
    },
    close: () => {
      display.close()
    },
  }
}

/** False in CI even on a terminal: its output is read later, as a file. */
function canRedraw(env: Environment, stream: ErrorStream): boolean {
  const ci = env['CI'] ?? ''
  return stream.isTTY === true && env['TERM'] !== 'dumb' && ['', '0', 'false'].includes(ci)
}

/** Shows only log lines: for a file, a pipe, and a terminal that cannot redraw. */
function plainDisplay(stream: { write(text: string): unknown }): Display {
  return {
    log: lines => void stream.write(lines),
    batch: () => ({ ...noListener, end: () => undefined }),
    close: () => undefined,
  }
}
