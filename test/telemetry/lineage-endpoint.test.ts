import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { openLineage } from '../../pipelines/telemetry/openlineage.ts'
import type { Telemetry } from '../../pipelines/telemetry/run-event.ts'
import { faultsOf } from './lineage-schema.ts'
import { observe, published, testFolder } from './runs.ts'

interface Received {
  readonly path: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly event: Readonly<Record<string, unknown>>
}

/** An endpoint on loopback that answers every event with a status, or never. */
async function endpoint(
  t: ExecutionContext,
  status: number | 'never',
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string; readonly received: readonly Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => (body += String(chunk)))
    request.on('end', () => {
      received.push({ path: request.url, headers: request.headers, event: JSON.parse(body) as Received['event'] })
      if (status !== 'never')
        response.writeHead(status, headers).end('{"patient": "the body of the answer is not logged"}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

const telemetryTo = (url: string, env: Readonly<Record<string, string>> = {}): readonly Telemetry[] =>
  openLineage('postgres://h/d', { OPENLINEAGE_URL: url, OPENLINEAGE_API_KEY: 'Key-of-nobody', ...env }, '/')

test('events are posted to the endpoint, in their order, with the key as a bearer token', async t => {
  const { url, received } = await endpoint(t, 201)
  const { lines, about } = await observe(telemetryTo(url))
  t.deepEqual(lines, [])
  t.deepEqual(
    received.map(({ path, event }) => [path, event['eventType'], (event['run'] as { runId: string }).runId]),
    [
      ['/api/v1/lineage', 'START', about.runId],
      ['/api/v1/lineage', 'COMPLETE', about.runId],
    ],
  )
  for (const { event, headers } of received) {
    t.deepEqual(faultsOf(event), [])
    t.like(headers, { 'content-type': 'application/json', authorization: 'Bearer Key-of-nobody' })
  }
  await observe(telemetryTo(url.replace('//', '//user:word@'), { OPENLINEAGE_API_KEY: '' }))
  t.is(received.at(-1)?.headers.authorization, `Basic ${Buffer.from('user:word').toString('base64')}`)
  await observe(telemetryTo(url, { OPENLINEAGE_ENDPOINT: '/lineage/in', OPENLINEAGE_API_KEY: '' }))
  t.is(received.at(-1)?.path, '/lineage/in')
  t.is(received.at(-1)?.headers.authorization, undefined)
})

test('a run does not wait for its first event', async t => {
  const { url, received } = await endpoint(t, 'never')
  const { lines } = await observe(telemetryTo(url), async () => {
    // The endpoint gets the event before the run ends only if the run does not wait for it.
    while (received.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
    return published
  })
  const host = new URL(url).host
  t.deepEqual(lines, [
    `warn telemetry: OpenLineage: START was not sent to ${host}: no answer within 2 s; no event is sent to it for 60 s.`,
  ])
  t.is(received.length, 1, 'an endpoint that does not answer gets no other event')
})

test('an endpoint that is down, answers with an error or redirects is a warning, and does not change the run', async t => {
  const failing = await endpoint(t, 500)
  const elsewhere = await endpoint(t, 201)
  const leading = await endpoint(t, 307, { location: `${elsewhere.url}/api/v1/lineage` })
  const down = createServer().listen(0, '127.0.0.1')
  await once(down, 'listening')
  const freed = (down.address() as AddressInfo).port
  await new Promise(resolve => down.close(resolve))
  const cases: readonly (readonly [string, RegExp])[] = [
    [`${failing.url}?token=Key-of-nobody`, /^warn telemetry: OpenLineage: 127\.0\.0\.1:\d+ answered 500 to /],
    [leading.url, /^warn telemetry: OpenLineage: 127\.0\.0\.1:\d+ answered 307 to /],
    [`http://127.0.0.1:${freed}/Key-of-nobody/`, /not sent to 127\.0\.0\.1:\d+: ECONNREFUSED\.$/],
    ['Key-of-nobody', /OPENLINEAGE_URL to be an http or https URL/],
    ['file:///Key-of-nobody', /OPENLINEAGE_URL to be an http or https URL/],
  ]
  const broken = new Error('of the run itself')
  for (const [url, warning] of cases) {
    const good = await observe(telemetryTo(url))
    t.is(good.thrown, undefined)
    const bad = await observe(telemetryTo(url), () => Promise.reject(broken))
    t.is(bad.thrown, broken)
    for (const { lines } of [good, bad]) {
      t.is(lines.length, 2, `${url}: ${lines.join('\n')}`)
      for (const line of lines) {
        t.regex(line, warning)
        t.false(line.includes('Key-of-nobody'), line)
        t.false(line.includes('patient'), line)
      }
    }
  }
  t.deepEqual(elsewhere.received, [])
})

test('a connection that is never established does not keep the process alive after the timeout', async t => {
  // Its connection queue is short, and it accepts no connection.
  const deaf = spawn(process.execPath, [
    '-e',
    `const server = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('fs').writeSync(1, String(server.address().port))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
    })`,
  ])
  t.teardown(() => deaf.kill('SIGKILL'))
  const port = Number(String(((await once(deaf.stdout, 'data')) as unknown[])[0]))
  const fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  t.teardown(() => {
    for (const socket of fillers) socket.destroy()
  })
  while (fillers.filter(({ connecting }) => !connecting).length < 2) await new Promise(setImmediate)
  // Counts sockets, not connections: a filler may still connect.
  const sockets = (): number => process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length
  const before = sockets()
  const { lines } = await observe(telemetryTo(`http://127.0.0.1:${port}`))
  t.regex(lines.join('\n'), /^warn telemetry: OpenLineage: START was not sent to .*: no answer within 2 s/)
  // A destroyed socket is gone a moment later; one that keeps connecting stays for 10 s and more.
  for (let waits = 0; waits < 60 && sockets() > before; waits++) await new Promise(resolve => setTimeout(resolve, 50))
  t.is(sockets(), before)
})

test('a file that cannot be written is a warning', async t => {
  const { lines, thrown } = await observe(
    openLineage('postgres://h/d', { CASELOAD_OPENLINEAGE_FILE: 'no/such/folder' }, testFolder(t)),
  )
  t.is(thrown, undefined)
  t.is(lines.length, 2)
  for (const line of lines) t.regex(line, /^warn telemetry: OpenLineage file: .* could not be written to .*: ENOENT\.$/)
})
