import type { Log } from '../../platform/log.ts'
import { callUrl } from './persist.ts'
import { webUrl } from './targets.ts'

/**
 * Calls the URL of a service that raises an alarm when the calls stop, which no program of a machine that is down can do. Never
 * rejects: a service that is down is one warning.
 */
export async function ping(
  text: string,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  const url = webUrl(text)
  if (url === undefined) {
    log.warn(
      'ping',
      'expected --ping or CASELOAD_PING to be an http or https URL, found another text; nothing was called',
    )
    return
  }
  try {
    await callUrl(url, undefined, signal)
  } catch (error) {
    log.warn('ping', error instanceof Error ? error.message : 'unknown error')
  }
}
