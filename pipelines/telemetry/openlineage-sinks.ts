import { appendFileSync } from 'node:fs'
import { httpRequest, NoAnswer } from '../platform/http-request.ts'
import type { LineageEvent } from './openlineage-event.ts'

/** Sends one event. Throws an error whose message contains no secret. */
export type LineageSink = (event: LineageEvent) => Promise<void>

/** The endpoint that gets the events. */
export interface LineageEndpoint {
  /** OPENLINEAGE_URL. */
  readonly url: string
  /** OPENLINEAGE_ENDPOINT, relative to the URL. */
  readonly path: string
  /** OPENLINEAGE_API_KEY, sent as a bearer token. */
  readonly apiKey: string | undefined
}

/** Timeout of one event. A run waits only for its last event, so a dead endpoint delays it by no more than this. */
const timeoutMs = 2000

/** Pause after an endpoint did not answer, so that a backfill waits for it once. */
const pauseMs = 60_000

/**
 * Posts each event as JSON. The sink throws if the endpoint is down, answers with an error or does not answer within 2
 * s. The message leaves out the URL's path and query, which may contain a key.
 */
export function postTo({ url, path, apiKey }: LineageEndpoint): LineageSink {
  const target = URL.canParse(path, url) ? new URL(path, url) : undefined
  let pausedUntil = 0
  return async event => {
    if (target === undefined || !/^https?:$/.test(target.protocol)) {
      throw new Error('Expected OPENLINEAGE_URL to be an http or https URL, found another text. No event was sent.')
    }
    if (Date.now() < pausedUntil) return
    const request = {
      body: JSON.stringify(event),
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
      signal: AbortSignal.timeout(timeoutMs),
    }
    const status = await httpRequest(target, request).catch((error: unknown) => {
      if (error instanceof NoAnswer) pausedUntil = Date.now() + pauseMs
      throw new Error(`${event.eventType} was not sent to ${target.host}: ${reason(error)}.`, { cause: error })
    })
    if (status < 200 || status > 299) throw new Error(`${target.host} answered ${status} to ${event.eventType}.`)
  }
}

/** The system's error code, such as ECONNREFUSED: the message of an error may contain the URL. */
function reason(error: unknown): string {
  if (error instanceof NoAnswer)
    return `no answer within ${timeoutMs / 1000} s; no event is sent to it for ${pauseMs / 1000} s`
  return (error as NodeJS.ErrnoException).code ?? 'the request could not be made'
}

/**
 * Appends each event as a line of JSON, in one write, so that lines of several processes do not mix.
 *
 * @param path absolute
 */
export function appendTo(path: string): LineageSink {
  return event => {
    try {
      appendFileSync(path, `${JSON.stringify(event)}\n`, { mode: 0o640 })
      return Promise.resolve()
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'error'
      return Promise.reject(new Error(`${event.eventType} could not be written to ${path}: ${code}.`, { cause: error }))
    }
  }
}
