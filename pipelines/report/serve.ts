import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A page that is served until it is closed. */
export interface ServedPage {
  readonly address: string
  readonly close: () => Promise<void>
}

/** What {@link servePage} serves. */
export interface ServeOptions {
  /** 0: any free one. */
  readonly port: number
  readonly draw: () => Promise<string>
  /** A page older than this is drawn anew when it is asked for. */
  readonly everyMs: number
  readonly onError: (error: unknown) => void
}

/**
 * Serves a page on the loopback address, under a token that only its caller knows. A request must name this server as its host, so
 * that no page of another site reaches it under a name of its own.
 */
export async function servePage({ port, draw, everyMs, onError }: ServeOptions): Promise<ServedPage> {
  const token = randomBytes(16).toString('hex')
  const fresh = renewed(draw, everyMs)
  // A first page before the address is told.
  await fresh()
  const server = createServer((request, response) => {
    const { port: own } = server.address() as AddressInfo
    const refused = refusal(request, own, token)
    if (refused !== undefined) {
      answer(response, refused, 'Not here.\n', 'text/plain')
      return
    }
    fresh().then(
      page => {
        answer(response, 200, request.method === 'HEAD' ? '' : page, 'text/html')
      },
      (error: unknown) => {
        onError(error)
        answer(response, 503, 'The report could not be read; the terminal says why.\n', 'text/plain')
      },
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: own } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${own}/${token}/`,
    close: () =>
      new Promise(resolve => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

/** The page, drawn anew once it is older than so many milliseconds; requests at one time wait for one. */
function renewed(draw: () => Promise<string>, everyMs: number): () => Promise<string> {
  let drawnAt = -Infinity
  let page: Promise<string> | undefined
  return () => {
    if (page !== undefined && performance.now() - drawnAt < everyMs) return page
    drawnAt = performance.now()
    const drawing = draw()
    page = drawing
    drawing.catch(() => {
      if (page === drawing) page = undefined
    })
    return drawing
  }
}

function refusal({ method, url, headers }: IncomingMessage, port: number, token: string): number | undefined {
  if (method !== 'GET' && method !== 'HEAD') return 405
  if (headers.host !== `127.0.0.1:${port}` && headers.host !== `localhost:${port}`) return 421
  const [given, expected] = [Buffer.from(url ?? ''), Buffer.from(`/${token}/`)]
  return given.length === expected.length && timingSafeEqual(given, expected) ? undefined : 404
}

function answer(response: ServerResponse, status: number, text: string, type: string): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin',
  })
  response.end(text)
}
