import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Refusal, refusal } from './refusal.ts'

/** What becomes of a message on its way to the server. */
export type Fate =
  /** It goes on. */
  | 'pass'
  /** The connection is cut; the server never sees it. */
  | 'cut'
  /** It goes on, and the connection is cut when the server answers: its client never sees the answer. */
  | 'cut the answer'
  /** It goes on, but what the server says from then on waits for the promise, and is passed on or cut. */
  | { readonly answer: Promise<'pass' | 'cut'> }
  /** In its place the server is made to refuse with this SQLSTATE. */
  | { readonly refuse: string }

/**
 * Looks at a message of a client, and may change its bytes, but not how many they are. A message whose fate is a promise
 * waits for it, even if its client is gone by then, and so do those behind it; without a word it then goes on.
 *
 * @param connection number of the client's connection, from 1 in the order they were made
 */
export type OnMessage = (type: string, body: Buffer, connection: number) => Fate | Promise<Fate> | Promise<void>

/** A server of its own between Caseload and PostgreSQL. */
export interface MessageProxy {
  /** The same database, through the proxy. */
  readonly url: string
  /** Cuts all connections there are; new ones are taken. */
  readonly cut: () => void
  /** Takes no new connections. */
  readonly shut: () => void
  readonly close: () => Promise<void>
}

/** Starts a proxy before the server of a URL (a socket folder or a host; no TLS). */
export async function startProxy(url: string, onMessage: OnMessage): Promise<MessageProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-proxy-'))
  const sockets = new Set<Socket>()
  let connections = 0
  // Half open: a client that says good-bye and hangs up hears nothing from us until its good-bye has met its fate.
  const server = createServer({ allowHalfOpen: true }, client => {
    const upstream = dial(url)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    const number = ++connections
    relay(client, upstream, (type, body) => onMessage(type, body, number))
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
    shut: () => void server.close(),
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

type Decide = (type: string, body: Buffer) => Fate | Promise<Fate> | Promise<void>

function relay(client: Socket, upstream: Socket, decide: Decide): void {
  let waiting: Buffer = Buffer.alloc(0)
  let started = false
  let cutAnswer = false
  let refused: Refusal | undefined
  let turn: Promise<void> = Promise.resolve()
  let answers: Promise<void> = Promise.resolve()

  const cut = (): void => {
    client.destroy()
    upstream.destroy()
  }
  const forward = async (message: Buffer): Promise<void> => {
    const type = String.fromCharCode(message[0] ?? 0)
    if (refused?.swallows.includes(type) === true) return
    if (refused?.until === type) refused = undefined
    const fate = await decide(type, message.subarray(5))
    if (fate === 'cut') {
      cut()
      return
    }
    if (typeof fate === 'object' && 'answer' in fate) {
      answers = answers.then(async () => {
        if ((await fate.answer) === 'cut') cut()
      })
    } else if (typeof fate === 'object') {
      refused = refusal(type, fate.refuse)
      upstream.write(refused.sent)
      if (!refused.withMessage) return
    }
    cutAnswer ||= fate === 'cut the answer'
    upstream.write(message)
  }
  client.on('data', chunk => {
    waiting = Buffer.concat([waiting, chunk])
    // A length counts itself; only the first message of a connection has no type before it.
    for (let head = started ? 1 : 0; waiting.length >= head + 4; head = 1) {
      const length = head + waiting.readUInt32BE(head)
      if (waiting.length < length) break
      const message = waiting.subarray(0, length)
      waiting = waiting.subarray(length)
      turn = started ? turn.then(() => forward(message)) : turn.then(() => void upstream.write(message))
      started = true
    }
  })
  upstream.on('data', chunk => {
    refused?.relabel(chunk)
    if (cutAnswer) cut()
    else answers = answers.then(() => void client.write(chunk))
  })
  for (const gone of ['end', 'close']) client.on(gone, () => void turn.then(() => upstream.end()))
  upstream.on('close', () => void answers.then(() => client.destroy()))
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => {
      resolve()
    })
  })
}
