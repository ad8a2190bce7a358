import { Writable } from 'node:stream'
import { createLogger, format, type Logger, transports } from 'winston'
import type { LogFormat } from './log-format.ts'

/** The log of a run. A message names tables, files and counts, never a patient's value. */
export interface Log {
  info(stage: string, message: string, numbers?: Numbers): void
  warn(stage: string, message: string, numbers?: Numbers): void
  error(stage: string, message: string, numbers?: Numbers): void
}

/** Counts and durations of a JSON line, such as `{ rows: 12, ms: 80 }`. */
export type Numbers = Readonly<Record<string, number>>

/** The context of every line of a log. */
export interface LogContext {
  /** UUID of the run; shown in JSON only. */
  readonly run?: string
  readonly source?: string
  readonly date?: string
  /** How the batch ended, in the line that reports it; shown in JSON only. */
  readonly outcome?: string
}

/** The severity of a line. */
export type LogLevel = 'info' | 'warn' | 'error'

/** How to write lines. */
export interface LogOptions {
  /** Default `text`. */
  readonly format?: LogFormat
  /** Removes secrets from each message, see `redactor`. */
  readonly redact?: (text: string) => string
  /** The lowest level that is written; default `info`, which is all. */
  readonly level?: LogLevel
  /** Writes a line, which ends with a line feed; default: to standard error. */
  readonly write?: (line: string) => void
}

/**
 * A log on standard error. As text: time, level, source, date, stage, message. As JSON: an object with `time`, `level`,
 * `run`, `source`, `date`, `stage`, `message`, `outcome` and the event's numbers.
 *
 * @param context of every line
 */
export function stderrLog(context: LogContext = {}, options: LogOptions = {}): Log {
  const { level: least = 'info', write = toStandardError } = options
  const logger: Logger = createLogger({
    level: least,
    format: lines(context, options),
    // winston's types declare another copy of the transport's class than its constructor returns.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    transports: [new transports.Stream({ stream: sinkOf(write), eol: '\n' })],
  })
  const at =
    (level: LogLevel) =>
    (stage: string, message: string, numbers: Numbers = {}): void =>
      void logger.log(level, message, { stage, numbers })
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

function lines(context: LogContext, { format: asked = 'text', redact = same }: LogOptions): Logger['format'] {
  return format.printf(info => {
    const time = new Date().toISOString()
    const message = redact(String(info.message))
    const stage = String(info['stage'])
    const { run, source, date, outcome } = context
    if (asked === 'json') {
      // JSON.stringify omits undefined. The numbers come first, so they cannot replace the other names.
      return JSON.stringify({
        ...(info['numbers'] as Numbers),
        time,
        level: info.level,
        run,
        source,
        date,
        stage,
        message,
        outcome,
      })
    }
    const about = [source, date, stage].filter(part => part !== undefined).join(' ')
    return `${time} ${info.level} ${about}: ${message.replaceAll(/\s*[\r\n]\s*/g, ' ')}`
  })
}

function sinkOf(write: (line: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write: (line, _encoding, done) => {
      write(String(line))
      done()
    },
  })
}

const toStandardError = (line: string): void => void process.stderr.write(line)

const same = (text: string): string => text
