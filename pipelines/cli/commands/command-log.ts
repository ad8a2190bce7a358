import { type Log, type LogContext, stderrLog } from '../../platform/log.ts'
import { readLogFormat } from '../../platform/log-format.ts'
import { redactor } from '../../platform/redact.ts'
import type { CommonFlags } from './flags-common.ts'

/**
 * The log of a command without progress, in the format of --log-format; with --quiet it only writes warnings and errors.
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
