import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What becomes of a message on its way to the server. */
export type Fate =
  /** It goes on. */
  | 'pass'
  /** The connection is cut; the server never sees it. */
  | 'cut'
  /** It goes on, and the connection is cut when the server answers: its client never sees the answer. */
  | 'cut the answer'
  /** It waits until the promise is fulfilled, even if its client is gone by then. */
  | Promise<void>

/** Looks at a message of a client, and may change its bytes, but not how many they are. */
export type OnMessage = (type: string, body: Buffer) => Fate

/** A server of its own between Caseload and PostgreSQL. */
export interface MessageProxy {
  /** The same database, through the proxy. */
  readonly url: string
  /** Cuts all connections there are; new ones are taken. */
  readonly cut: () => void
  readonly close: () => Promise<void>
}

/** Starts a proxy before the server of a URL (a socket folder or a host; no TLS). */
export async function startProxy(url: string, onMessage: OnMessage): Promise<MessageProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-proxy-'))
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = dial(url)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    relay(client, upstream, onMessage)
  })
  await new Promise<void>(resolve => server.listen(join(folder, '.s.PGSQL.5432'), resolve))
  const through = new URL(url)
  through.searchParams.set('host', folder)
  through.searchParams.set('port', '5432')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: through.href,
    cut,
    close: async () => {
      cut()
      await closed(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function dial(url: string): Socket {
  const { hostname, port, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? hostname
  const number = searchParams.get('port') ?? (port === '' ? '5432' : port)
  return host.startsWith('/') ? connect(`${host}/.s.PGSQL.${number}`) : connect(Number(number), host)
}

function relay(client: Socket, upstream: Socket, onMessage: OnMessage): void {
  let waiting: Buffer = Buffer.alloc(0)
  let started = false
  let cutAnswer = false
  let turn: Promise<void> = Promise.resolve()

  const forward = (message: Buffer): void => {
    const fate = started ? onMessage(String.fromCharCode(message[0] ?? 0), message.subarray(5)) : 'pass'
    started = true
    if (fate === 'cut') {
      client.destroy()
      upstream.destroy()
    } else {
      if (fate === 'cut the answer') cutAnswer = true
      turn = turn.then(() => (typeof fate === 'string' ? undefined : fate)).then(() => void upstream.write(message))
    }
  }
  client.on('data', chunk => {
    waiting = Buffer.concat([waiting, chunk])
    // A length counts itself; only the first message of a connection has no type before it.
    for (let head = started ? 1 : 0; waiting.length >= head + 4; head = 1) {
      const length = head + waiting.readUInt32BE(head)
      if (waiting.length < length) break
      const message = waiting.subarray(0, length)
      waiting = waiting.subarray(length)
      forward(message)
    }
  })
  upstream.on('data', chunk => {
    if (cutAnswer) {
      client.destroy()
      upstream.destroy()
    } else client.write(chunk)
  })
  client.on('close', () => void turn.then(() => upstream.end()))
  upstream.on('close', () => client.destroy())
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => {
      resolve()
    })
  })
}
