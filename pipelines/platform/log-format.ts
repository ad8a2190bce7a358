import { UsageError } from './errors.ts'

/** One plain line per event, or one JSON object per line. */
export type LogFormat = 'text' | 'json'

/** The formats, for `--log-format`. */
export const logFormats: readonly LogFormat[] = ['text', 'json']

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The format that is asked for; the flag goes before CASELOAD_LOG_FORMAT. The default is text.
 *
 * @param flag what `--log-format` says, undefined if it is not given
 * @throws UsageError if it is none of {@link logFormats}
 */
export function readLogFormat(flag: string | undefined, env: Environment): LogFormat {
  const asked = flag ?? env['CASELOAD_LOG_FORMAT'] ?? ''
  if (asked === '') return 'text'
  const known = logFormats.find(one => one === asked)
  if (known !== undefined) return known
  throw new UsageError(
    `Expected --log-format or CASELOAD_LOG_FORMAT to be ${logFormats.join(' or ')}, found ${JSON.stringify(asked.slice(0, 40))}.`,
  )
}
