import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { ensureServer, serverStatus, stopServer } from '../../pipelines/embedded/server.ts'
import { scratchHome } from '../embedded/scratch.ts'
import { caseload, ended, start } from '../helpers/cli.ts'
import { rowsOf } from '../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../helpers/landing.ts'
import { callMain } from '../helpers/in-process.ts'
import { freePort } from '../helpers/port.ts'
import { until } from '../helpers/until.ts'

const run = ['run', 'source_a', '20230501'] as const
const events = JSON.stringify([patient('P1', 'Avery Sample')])

test('without DATABASE_URL a run starts the embedded server, and the next command finds it', async t => {
  const home = scratchHome(t)
  const landing = testLanding(t)
  landing.write(eventsFile, events)
  const env = { CASELOAD_HOME: home, CASELOAD_LANDING: landing.root }
  for (const look of [['status'], ['sql', 'select 1'], ['gc']]) {
    const none = await callMain(look, env)
    t.is(none.code, 2, look.join(' '))
    t.regex(none.stderr, /^caseload: There is no database here: .* `caseload run` makes it .*\n$/)
  }
  t.false(existsSync(home), 'a look makes nothing')
  const first = await caseload([...run, '--ephemeral'], { env })
  t.is(first.code, 0, first.stderr)
  const { running, dataFolder } = await serverStatus({ home })
  t.false(running)
  const made =
    /info database: made a new embedded PostgreSQL for .*, with an empty database in (.*); DATABASE_URL names another one to use$/m
  t.is(made.exec(first.stderr)?.[1], dataFolder)
  const ci = await caseload([...run], { env: { ...env, CI: 'true' } })
  t.is(ci.code, 0, ci.stderr)
  t.notRegex(ci.stderr, made, 'it is there')
  t.false((await serverStatus({ home })).running)
  t.is((await caseload([...run], { env })).code, 0)
  t.true((await serverStatus({ home })).running)
  const counted = await caseload(['sql', '--json', 'select name from current_patients', '--ephemeral'], { env })
  t.deepEqual(JSON.parse(counted.stdout), [{ name: 'Avery Sample' }])
  t.true((await serverStatus({ home })).running, 'a server that was there before is not stopped')
})

test('a signal ends a command and stops its ephemeral server', async t => {
  const home = scratchHome(t)
  await ensureServer({ home })
  await stopServer({ home })
  const child = start(['sql', 'select pg_sleep(120)', '--quiet'], { env: { CASELOAD_HOME: home, CI: 'true' } })
  const over = ended(child)
  await until(async () => {
    const { url } = await serverStatus({ home })
    if (url === undefined) return false
    const asleep = `select from pg_stat_activity where query = 'select pg_sleep(120)'`
    return (await rowsOf(url, asleep).catch(() => [])).length > 0
  })
  child.kill('SIGTERM')
  const { code, stdout, stderr } = await over
  t.is(code, 143, stderr)
  t.is(stdout + stderr, '')
  t.false((await serverStatus({ home })).running)
})

test('1: a wrong password fails without being printed; PGPASSFILE and the PG* environment work', async t => {
  const home = scratchHome(t)
  const landing = testLanding(t)
  landing.write(eventsFile, events)
  const env = { CASELOAD_HOME: home, CASELOAD_LANDING: landing.root }
  const port = await freePort()
  t.is((await caseload(['db', 'start', '--port', String(port)], { env })).code, 0)
  const url = new URL((await caseload(['db', 'url'], { env })).stdout.trim())
  const password = decodeURIComponent(url.password)
  url.password = 'wrongsecret'
  const refused = await caseload([...run], { env, url: url.href })
  t.is(refused.code, 1)
  t.regex(refused.stderr, /user or the password.*DATABASE_URL/)
  t.false(refused.stderr.includes('wrongsecret'))

  const passFile = join(dirname(home), 'pgpass')
  writeFileSync(passFile, `127.0.0.1:${port}:caseload:caseload:${password}\n`)
  chmodSync(passFile, 0o600)
  const libpq = { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'caseload', PGDATABASE: 'caseload' }
  const done = await caseload([...run], { env: { ...env, ...libpq, PGPASSFILE: passFile } })
  t.is(done.code, 0, done.stderr)
})
