import type { Environment } from './environment.ts'
import { UsageError } from './errors.ts'

/** One plain line per event, or one JSON object per line. */
export type LogFormat = 'text' | 'json'

/** The formats, for `--log-format`. */
export const logFormats: readonly LogFormat[] = ['text', 'json']

/**
 * The format of the flag, else of CASELOAD_LOG_FORMAT, else text.
 *
 * @param flag the value of `--log-format`
 * @throws UsageError if it is not in {@link logFormats}
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
