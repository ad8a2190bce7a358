import { setTimeout as sleep } from 'node:timers/promises'
import { httpRequest, NoAnswer } from '../../platform/http-request.ts'

/** A request or a mail gets so long. */
export const sendTimeoutMs = 5000

const waitsMs = [500, 2000]

/** A failure that the next try would meet again: the receiver refused. Its message holds no secret. */
export class Refused extends Error {}

/**
 * Tries up to three times, with growing waits, for at most 17.5 s in all.
 *
 * @param signal ends a wait
 * @throws the last error; at once one that is {@link Refused}
 */
export async function persist(signal: AbortSignal, send: (signal: AbortSignal) => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await send(AbortSignal.any([signal, AbortSignal.timeout(sendTimeoutMs)]))
      return
    } catch (error) {
      const wait = waitsMs[attempt]
      if (error instanceof Refused || wait === undefined) throw error
      const isStopped = await sleep(wait, false, { signal }).catch(() => true)
      if (isStopped) throw error
    }
  }
}

/**
 * Calls a URL until it answers with 2xx.
 *
 * @param body JSON to post; undefined: a GET
 * @throws Error whose message names the host alone: path and query of such a URL are a secret
 */
export async function callUrl(url: URL, body: string | undefined, signal: AbortSignal): Promise<void> {
  await persist(signal, async limited => {
    const request = body === undefined ? { signal: limited } : { body, signal: limited }
    const status = await httpRequest(url, request).catch((error: unknown) => {
      throw new Error(`${url.host} could not be called (${reasonOf(error)})`, { cause: error })
    })
    if (status >= 200 && status < 300) return
    const mayPass = status >= 500 || status === 408 || status === 429
    throw mayPass ? new Error(`${url.host} answered ${status}`) : new Refused(`${url.host} answered ${status}`)
  })
}

/** The system's code, such as ECONNREFUSED: the message of an error may contain the URL. */
function reasonOf(error: unknown): string {
  if (error instanceof NoAnswer) return 'no answer in time'
  return error instanceof Error && 'code' in error ? String(error.code) : 'the request could not be made'
}
