import type { Environment } from '../../platform/environment.ts'
import { stderrLog, type LogContext, type LogLevel } from '../../platform/log.ts'
import { readLogFormat } from '../../platform/log-format.ts'
import { redactor } from '../../platform/redact.ts'
import { logOutcome } from './outcome-line.ts'
import { plainDisplay } from './plain.ts'
import type { Progress } from '../../operate/backfill/progress.ts'
import { type Terminal, terminalDisplay } from './terminal.ts'

/** What the command line says of output. */
export interface OutputFlags {
  /** `--quiet`: only warnings and errors. */
  readonly quiet?: boolean
  /** `--log-format` */
  readonly logFormat?: string
}

/** Standard error, which may be a terminal. */
export type ErrorStream = Terminal & { readonly isTTY?: boolean }

/**
 * Opens what a command shows of its work.
 * - a person at a terminal: lines redrawn in place; warnings, errors and, of a backfill, failed batches above them
 * - not a terminal, `TERM=dumb` or CI: a plain line per step, or, of a backfill, one per batch that is over
 * - `--log-format json`: an object per step and per batch of a backfill that is over, terminal or not
 * - `--quiet`: only warnings, errors and failed batches, in either form
 *
 * @param env CASELOAD_LOG_FORMAT, TERM, CI, NO_COLOR, and the secrets that are not to be shown
 * @param stream standard error
 * @param options `total`: of a backfill, how many batches there will be, those left out beforehand not counted
 * @throws UsageError if the flags or the environment say what they cannot
 */
export function openProgress(
  flags: OutputFlags,
  env: Environment,
  stream: ErrorStream,
  { total }: { readonly total?: number } = {},
): Progress {
  const format = readLogFormat(flags.logFormat, env)
  const quiet = flags.quiet === true
  const redact = redactor(env)
  const isDrawn = format === 'text' && !quiet && canRedraw(env, stream)
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
  // The steps of hundreds of batches are no reading; a program may want them.
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

/** A terminal that is somebody's; what a CI shows as one is read later, as a file. */
function canRedraw(env: Environment, stream: ErrorStream): boolean {
  const ci = env['CI'] ?? ''
  return stream.isTTY === true && env['TERM'] !== 'dumb' && ['', '0', 'false'].includes(ci)
}
