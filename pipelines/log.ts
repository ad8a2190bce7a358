import { createLogger, format, type Logger, transports } from 'winston'

/** Where a run says what it does. A message names tables, files and counts, never a patient's value. */
export interface Log {
  info(stage: string, message: string): void
  warn(stage: string, message: string): void
  error(stage: string, message: string): void
}

/** What every line of a log carries. */
export interface LogContext {
  readonly source?: string
  readonly date?: string
}

/**
 * A log on standard error, one plain line per event: time, level, source, date, stage, message.
 *
 * @param context says what the lines are about
 */
export function stderrLog(context: LogContext = {}): Log {
  const line = format.printf(info => {
    const stage = typeof info['stage'] === 'string' ? info['stage'] : undefined
    const about = [context.source, context.date, stage].filter(part => part !== undefined).join(' ')
    return `${String(info['timestamp'])} ${info.level} ${about}: ${String(info.message)}`
  })
  const logger: Logger = createLogger({
    level: 'info',
    format: format.combine(format.timestamp(), line),
    // winston's types name another copy of the transport's class than its own constructor gives.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    transports: [new transports.Console({ stderrLevels: ['error', 'warn', 'info'] })],
  })
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (stage: string, message: string): void =>
      void logger.log(level, message, { stage })
  return { info: at('info'), warn: at('warn'), error: at('error') }
}
