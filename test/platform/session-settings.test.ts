import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { examine } from '../../pipelines/operate/doctor/examine.ts'
import { TransientError, UsageError } from '../../pipelines/platform/errors.ts'
import { describeServerError } from '../../pipelines/platform/server-error.ts'
import { sessionStart } from '../../pipelines/platform/session-settings.ts'
import { openAsOwner } from '../../pipelines/embedded/target.ts'
import { caseload } from '../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { until } from '../helpers/until.ts'
import { startProxy } from '../system/laws/message-proxy.ts'

/** Some settings of a session that was opened with this URL. */
async function settingsOf(url: string): Promise<Record<string, unknown>> {
  const session = await openAsOwner(url, 'caseload source_a 2023-05-01')
  try {
    const found = await session.query<Record<string, unknown>>(
      `select current_setting('timezone') as timezone,
         current_setting('search_path') as search_path,
         current_setting('work_mem') as work_mem,
         current_setting('application_name') as application_name`,
    )
    return found.rows[0] ?? {}
  } finally {
    await session.end()
  }
}

const ownSettings = {
  timezone: 'UTC',
  search_path: 'pg_catalog,pg_temp',
  application_name: 'caseload source_a 2023-05-01',
}

test("options of the URL are merged with Caseload's, which win", async t => {
  const { url } = await testDatabase(t)
  t.like(await settingsOf(url), ownSettings)
  const mixed = new URL(url)
  mixed.searchParams.set('application_name', 'etl')
  mixed.searchParams.set('options', '-c work_mem=12MB -c timezone=Asia/Tokyo -c search_path=public')
  t.deepEqual(await settingsOf(mixed.href), { ...ownSettings, work_mem: '12MB' })
})

test('a session that is lost before its first answer is a transient error', async t => {
  const { url } = await testDatabase(t)
  const proxy = await startProxy(url, (type, body, connection) =>
    body.includes('arrived') && connection === 1 ? 'cut' : 'pass',
  )
  t.teardown(proxy.close)
  await t.throwsAsync(openAsOwner(proxy.url, 'caseload'), {
    instanceOf: TransientError,
    message: /^Cannot connect to /,
  })
  t.like(await settingsOf(proxy.url), ownSettings)
})

test('PGOPTIONS applies if the URL has no options, and the rest of a URL does not change', t => {
  const env = { PGOPTIONS: '-c work_mem=12MB' }
  t.regex(sessionStart(undefined, env).options, /^-c work_mem=12MB -c timezone=UTC /)
  t.regex(
    sessionStart('postgresql://h/d?options=-c%20work_mem%3D1MB', env).options,
    /^-c work_mem=1MB -c timezone=UTC /,
  )
  t.regex(sessionStart('postgresql://h/d', {}).options, /^-c timezone=UTC /)
  const urls: readonly (readonly [string, string])[] = [
    ['postgresql://u:p%3Fx@h:5/d', 'postgresql://u:p%3Fx@h:5/d'],
    ['postgresql://u@/d?host=/var/run/postgresql', 'postgresql://u@/d?host=/var/run/postgresql'],
    ['postgresql://u@/d?options=-cjit%3Don&host=/var/run', 'postgresql://u@/d?host=%2Fvar%2Frun'],
    ['postgresql://h/d?application_name=etl', 'postgresql://h/d'],
  ]
  for (const [url, expected] of urls) t.is(sessionStart(url, {}).connectionString, expected)
})

/** A proxy that forwards everything except the options of a session, as poolers do. */
async function dropper(t: ExecutionContext, server: URL): Promise<string> {
  const listener = createServer(client => {
    const folder = server.searchParams.get('host')
    const port = Number(server.searchParams.get('port') ?? server.port)
    const upstream = folder === null ? connect(port, server.hostname) : connect(`${folder}/.s.PGSQL.${port}`)
    client.once('data', start => {
      // int32 length, int32 version, then names and values that end with NUL each, and one more NUL.
      const words = start.subarray(8).toString('latin1').split('\0').slice(0, -2)
      const kept = words.filter((_, index) => words[index - (index % 2)] !== 'options')
      const body = Buffer.from(`${kept.join('\0')}\0\0`, 'latin1')
      const head = Buffer.from(start.subarray(0, 8))
      head.writeInt32BE(8 + body.length)
      upstream.write(Buffer.concat([head, body]))
      client.pipe(upstream)
    })
    upstream.pipe(client)
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => listener.close())
  const url = new URL(server)
  url.searchParams.set('host', '127.0.0.1')
  url.searchParams.set('port', String((listener.address() as AddressInfo).port))
  return url.href
}

test('a pooler that drops the settings is refused before any work, and doctor reports it', async t => {
  const { url } = await testDatabase(t)
  const pooled = await dropper(t, new URL(url))
  const refused = await t.throwsAsync(openAsOwner(pooled, 'caseload'), { instanceOf: UsageError })
  t.regex(refused.message, /a pooler in front of it drops them/)
  const findings = await examine({ env: { DATABASE_URL: pooled }, cwd: '/', landing: '/nowhere', keep: 1 })
  t.like(
    findings.find(finding => finding.check === 'connection'),
    { level: 'error' },
  )
})

test('commands ignore the time limits of the database and the role, but caseload sql keeps them', async t => {
  const { url } = await testDatabase(t)
  const [server] = await rowsOf(url, `select current_setting('server_version_num')::int >= 170000 as knows`)
  const limits = [
    'statement_timeout',
    'idle_in_transaction_session_timeout',
    'idle_session_timeout',
    ...(server?.['knows'] === true ? ['transaction_timeout'] : []),
  ]
  await withSession(url, async session => {
    const [{ name } = { name: '' }] = (await session.query<{ name: string }>('select current_database() as name')).rows
    for (const limit of limits) await session.query(`alter database ${name} set ${limit} = '90s'`)
  })
  const limited = new URL(url)
  limited.searchParams.set('options', '-c statement_timeout=80s')
  const current = limits.map(limit => `current_setting('${limit}') as ${limit}`).join(', ')
  const session = await openAsOwner(limited.href, 'caseload test')
  t.teardown(() => session.end())
  const none = Object.fromEntries(limits.map(limit => [limit, '0']))
  t.deepEqual((await session.query(`select ${current}`)).rows, [none])

  const asked = await caseload(['sql', '--json', `select ${current}`], { url: limited.href })
  t.is(asked.code, 0, asked.stderr)
  const userLimits = { ...Object.fromEntries(limits.map(limit => [limit, '90s'])), statement_timeout: '80s' }
  t.deepEqual(JSON.parse(asked.stdout), [userLimits])
})

test('the error of a cancelled statement says that it was cancelled', async t => {
  const { url } = await testDatabase(t)
  const error = await withSession(url, async session => {
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
    let over = false
    const cancelled = t.throwsAsync(session.query('select pg_sleep(60)')).finally(() => (over = true))
    // A cancel request before the statement starts has no effect, so repeat it.
    await until(async () => (await rowsOf(url, 'select pg_cancel_backend($1)', [rows[0]?.pid])).length === 1 && over)
    return cancelled
  })
  t.is(describeServerError(error), 'SQLSTATE 57014: the server or an administrator cancelled the statement')
})
