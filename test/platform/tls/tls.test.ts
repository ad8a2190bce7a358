import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect as open, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import { UsageError } from '../../../pipelines/platform/errors.ts'
import { connect } from '../../../pipelines/platform/postgres.ts'
import { sessionStart } from '../../../pipelines/platform/session-settings.ts'
import { root } from '../../helpers/cli.ts'
import { testDatabase } from '../../helpers/database.ts'

/** A self-signed certificate for localhost and its key, for this test only. */
const certificate = join(root, 'test/platform/tls/localhost.crt')
const key = readFileSync(join(root, 'test/platform/tls/localhost.key'))
const sslRequest = 80_877_103

/** A proxy on a local port that answers SSLRequests and forwards to the database. */
async function front(
  t: ExecutionContext,
  server: URL,
  speaksTls: boolean,
): Promise<{ readonly url: URL; asked: number }> {
  const seen = { asked: 0 }
  const listener = createServer(client => {
    const folder = server.searchParams.get('host')
    const port = Number(server.searchParams.get('port') ?? server.port)
    const upstream = folder === null ? open(port, server.hostname) : open(`${folder}/.s.PGSQL.${port}`)
    const pass = (socket: Socket): void => {
      socket.pipe(upstream)
      upstream.pipe(socket)
    }
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
    client.on('close', () => upstream.destroy())
    client.once('data', first => {
      if (first.readInt32BE(4) !== sslRequest) {
        upstream.write(first)
        pass(client)
        return
      }
      seen.asked++
      client.write(speaksTls ? 'S' : 'N')
      if (!speaksTls) return
      const encrypted = new TLSSocket(client, { isServer: true, key, cert: readFileSync(certificate) })
      encrypted.on('error', () => undefined)
      pass(encrypted)
    })
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => listener.close())
  const url = new URL(server)
  url.searchParams.delete('port')
  url.searchParams.set('host', 'localhost')
  url.searchParams.set('port', String((listener.address() as AddressInfo).port))
  return Object.assign(seen, { url })
}

/** How often the client asked for TLS, or the error of the connection. */
async function asking(
  served: { readonly url: URL; asked: number },
  parameters: Record<string, string>,
): Promise<unknown> {
  served.asked = 0
  const url = new URL(served.url)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  try {
    const session = await connect({ url: url.href, applicationName: 'caseload test' })
    await session.query('select 1')
    await session.end()
    return served.asked
  } catch (error) {
    return (error as Error).message.replace(/\. Check .*$/, '').replace(/^Cannot connect to PostgreSQL: /, '')
  }
}

test('the TLS modes are those of libpq: with a server that supports TLS, and with one that does not', async t => {
  const { url } = await testDatabase(t, 'empty')
  const without = await front(t, new URL(url), false)
  for (const mode of ['disable', 'allow']) t.is(await asking(without, { sslmode: mode }), 0)
  t.is(await asking(without, { sslmode: 'prefer' }), 1)
  for (const mode of ['require', 'verify-ca', 'verify-full']) {
    t.is(await asking(without, { sslmode: mode }), 'The server does not support SSL connections', mode)
  }
  const speaks = await front(t, new URL(url), true)
  for (const mode of ['disable', 'allow']) t.is(await asking(speaks, { sslmode: mode }), 0)
  for (const mode of ['prefer', 'require']) t.is(await asking(speaks, { sslmode: mode }), 1)
  for (const mode of ['verify-ca', 'verify-full']) {
    t.is(await asking(speaks, { sslmode: mode }), 'DEPTH_ZERO_SELF_SIGNED_CERT', mode)
    t.is(await asking(speaks, { sslmode: mode, sslrootcert: certificate }), 1, mode)
  }
  // The certificate is for localhost.
  speaks.url.searchParams.set('host', '127.0.0.1')
  t.is(await asking(speaks, { sslmode: 'verify-ca', sslrootcert: certificate }), 1)
  t.is(await asking(speaks, { sslmode: 'require', sslrootcert: certificate }), 1)
  t.is(await asking(speaks, { sslmode: 'verify-full', sslrootcert: certificate }), 'ERR_TLS_CERT_ALTNAME_INVALID')
})

test('TLS parameters of the URL override the environment, and values that libpq does not know are refused', t => {
  const plan = (url: string, env: Record<string, string> = {}): unknown =>
    sessionStart(url, env).tls.tries.map(one =>
      one === false ? 'clear' : one.rejectUnauthorized === false ? 'tls' : 'checked',
    )
  const there = 'postgresql://u@db.example.org/d'
  t.deepEqual(plan(there), ['checked'])
  t.deepEqual(plan('postgresql://u@127.0.0.1/d'), ['clear'])
  t.deepEqual(plan('postgresql://u@[::1]:5432/d'), ['clear'])
  t.deepEqual(plan('postgresql://u@%2Fvar%2Frun/d?sslmode=require'), ['clear'])
  t.deepEqual(plan(there, { PGSSLMODE: 'verify-full' }), ['checked'])
  t.deepEqual(plan(`${there}?sslmode=disable`, { PGSSLMODE: 'verify-full' }), ['clear'])
  t.deepEqual(plan('postgresql://u@localhost/d?sslmode=allow'), ['clear', 'tls'])
  t.deepEqual(plan('postgresql://u@[::1]/d?sslmode=prefer'), ['tls', 'clear'])
  t.deepEqual(plan(`${there}?ssl=true`), ['tls'])
  t.deepEqual(plan(there, { PGREQUIRESSL: '1' }), ['tls'])
  t.deepEqual(plan(there, { PGSSLROOTCERT: certificate, PGSSLMODE: 'require' }), ['checked'])
  t.deepEqual(plan(there, { PGSSLROOTCERT: 'system' }), ['checked'])
  t.is(sessionStart(`${there}?sslmode=require&host=x`, {}).connectionString, `${there}?host=x`)
  const wrong: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    [there, { PGSSLMODE: 'nonsense' }, /^PGSSLMODE is not an sslmode .* verify-full\.$/],
    [there, { PGSSLMODE: 'Require' }, /^PGSSLMODE/],
    [`${there}?sslmode=requre`, {}, /^sslmode in DATABASE_URL is not an sslmode/],
    [`${there}?sslmode=no-verify`, {}, /^sslmode in DATABASE_URL/],
    [there, { PGSSLROOTCERT: '/nowhere', PGSSLMODE: 'verify-ca' }, /^PGSSLROOTCERT is a file that cannot be read/],
    [there, { PGSSLROOTCERT: 'system', PGSSLMODE: 'require' }, /^PGSSLROOTCERT is system/],
    [there, { PGSSLMODE: 'prefer' }, /^sslmode prefer to another machine .* verify-full .* disable/],
    [`${there}?sslmode=allow`, {}, /^sslmode allow to another machine .* verify-full .* disable/],
    [`${there}?requiressl=0&sslmode=prefer`, {}, /^sslmode prefer to another machine/],
    [`${there}?ssl=no-verify`, {}, /^ssl in DATABASE_URL is not true/],
    [there, { PGSSLMODE: 'disable', PGCONNECT_TIMEOUT: 'soon' }, /^connect_timeout/],
    [there, { PGSSLMAXPROTOCOLVERSION: 'TLSv1.1' }, /^PGSSLMAXPROTOCOLVERSION/],
    ['postgresql://u@localhost/d', { PGSSLMODE: 'prefer', PGSSLNEGOTIATION: 'direct' }, /^PGSSLNEGOTIATION is direct/],
    [there, { PGSSLMINPROTOCOLVERSION: 'TLSv9' }, /^PGSSLMINPROTOCOLVERSION/],
  ]
  for (const [url, env, message] of wrong) t.throws(() => plan(url, env), { instanceOf: UsageError, message })
})
