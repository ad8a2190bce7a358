import { type Log, type LogContext, stderrLog } from '../../platform/log.ts'
import { readLogFormat } from '../../platform/log-format.ts'
import { redactor } from '../../platform/redact.ts'
import type { CommonFlags } from './with-target.ts'

/**
 * The log of a command that has no progress to show: in the form of --log-format, and with --quiet only its warnings and
 * errors.
 *
 * @param context what its lines are about
 */
export function commandLog({ logFormat, quiet }: CommonFlags, context: LogContext = {}): Log {
  return stderrLog(context, {
    format: readLogFormat(logFormat, process.env),
    redact: redactor(process.env),
    level: quiet === true ? 'warn' : 'info',
  })
}
