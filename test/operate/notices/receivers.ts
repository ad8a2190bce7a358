import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { SMTPServer } from 'smtp-server'
import { freePort } from '../../helpers/port.ts'

/** What a webhook was sent. */
export interface Posted {
  readonly text: string
  readonly notices: readonly Readonly<Record<string, unknown>>[]
}

/** A server of the web on a loopback address that takes all requests, until it is told to refuse. */
export interface WebReceiver {
  /** Its path is a token. */
  readonly url: string
  readonly bodies: readonly string[]
  readonly posted: () => readonly Posted[]
  /** The number of GET requests. */
  readonly pings: () => number
  /** The status of answers from now on. */
  readonly answer: (status: number) => void
}

export const token = 'Token-of-nobody-0123456789'

/** Starts one. */
export async function webReceiver(t: ExecutionContext): Promise<WebReceiver> {
  const bodies: string[] = []
  let pings = 0
  let status = 200
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => (body += String(chunk)))
    request.on('end', () => {
      if (status === 200 && request.method === 'GET') pings += 1
      else if (status === 200) bodies.push(body)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hooks/${token}`,
    bodies,
    posted: () => bodies.map(body => JSON.parse(body) as Posted),
    pings: () => pings,
    answer: found => {
      status = found
    },
  }
}

/** A mail as it arrived. */
export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly login: string
  readonly data: string
}

/** Starts a mail server on a loopback address that asks for a login. */
export async function mailReceiver(
  t: ExecutionContext,
): Promise<{ readonly url: string; readonly mails: readonly Mail[] }> {
  const mails: Mail[] = []
  let login = ''
  const server = new SMTPServer({
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) => {
      login = `${username ?? ''}:${password ?? ''}`
      done(null, { user: username })
    },
    onData: (stream, session, done) => {
      let data = ''
      stream.on('data', chunk => (data += String(chunk)))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(one => one.address),
          login,
          data,
        })
        done()
      })
    },
  })
  const port = await freePort()
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  t.teardown(
    () =>
      new Promise<void>(resolve => {
        server.close(resolve)
      }),
  )
  return { url: `smtp://reporter@127.0.0.1:${port}`, mails }
}
