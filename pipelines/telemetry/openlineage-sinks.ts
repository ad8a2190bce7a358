import { appendFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LineageEvent } from './openlineage-event.ts'

/** Takes one event. Throws with a reason that holds no secret. */
export type LineageSink = (event: LineageEvent) => Promise<void>

/** Where events are posted to. */
export interface LineageEndpoint {
  /** OPENLINEAGE_URL. */
  readonly url: string
  /** OPENLINEAGE_ENDPOINT, relative to the URL. */
  readonly path: string
  /** OPENLINEAGE_API_KEY, sent as a bearer token. */
  readonly apiKey: string | undefined
}

/** An event is given so long. A run waits for its last event only, so a dead endpoint costs it no more. */
const timeoutMs = 2000

/** An endpoint that did not answer is left alone for so long, so that a backfill pays for it once. */
const restMs = 60_000

/**
 * Posts each event as JSON. An endpoint that is down, answers with an error or does not answer within 2 s is an error of
 * this sink, in words without the URL's path or query, which may hold a key.
 */
export function postTo({ url, path, apiKey }: LineageEndpoint): LineageSink {
  const target = URL.canParse(path, url) ? new URL(path, url) : undefined
  let restsUntil = 0
  return async event => {
    if (target === undefined || !/^https?:$/.test(target.protocol)) {
      throw new Error('OPENLINEAGE_URL is no http or https URL; nothing was sent.')
    }
    if (Date.now() < restsUntil) return
    const status = await post(target, apiKey, JSON.stringify(event)).catch((error: unknown) => {
      if (error instanceof NoAnswer) restsUntil = Date.now() + restMs
      throw new Error(`${event.eventType} was not sent to ${target.host}: ${reason(error)}.`, { cause: error })
    })
    if (status < 200 || status > 299) throw new Error(`${target.host} answered ${status} to ${event.eventType}.`)
  }
}

/**
 * Not by fetch: a connection that is never made keeps its process alive for 10 s after the request was given up (10.7 s
 * instead of 2.0 s measured). The look-up of a name is the system's and cannot be broken off: where no name server answers
 * it keeps the process for 10 s, process.exit too, since Node waits for its threads.
 *
 * @returns the status of the answer, whose body nobody needs
 */
function post(target: URL, apiKey: string | undefined, body: string): Promise<number> {
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  const signal = AbortSignal.timeout(timeoutMs)
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  }
  return new Promise((resolve, reject) => {
    const request = send(target, { method: 'POST', agent: false, headers, signal }, response => {
      resolve(response.statusCode ?? 0)
      response.destroy()
    })
    request.on('error', error => {
      reject(signal.aborted ? new NoAnswer() : error)
    })
    request.end(body)
  })
}

class NoAnswer extends Error {}

/** A code of the system, such as ECONNREFUSED: what an error says itself may repeat the URL. */
function reason(error: unknown): string {
  if (error instanceof NoAnswer)
    return `no answer within ${timeoutMs / 1000} s; it is left alone for ${restMs / 1000} s`
  return (error as NodeJS.ErrnoException).code ?? 'the request could not be made'
}

/**
 * Appends each event as a line of JSON: one write at the end of the file, so that lines of several processes do not mix.
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
