import { createServer } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { retryingTarget } from '../../../pipelines/cli/commands/retrying-target.ts'
import { TransientError, UnreachableError } from '../../../pipelines/platform/errors.ts'
import type { Log } from '../../../pipelines/platform/log.ts'
import { openAsOwner, type Target } from '../../../pipelines/embedded/target.ts'
import { caseload, ended, start } from '../../helpers/cli.ts'
import { memberUrl, rowsOf, testDatabase } from '../../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../../helpers/landing.ts'
import { until } from '../../helpers/until.ts'

const never = new AbortController().signal
const quickly = { retries: 3, firstWait: 1, longestWait: 1 }

/** A login, and how many sessions it may have; -1 for any number. */
async function limitedLogin(t: ExecutionContext, url: string) {
  const member = await memberUrl(t, url)
  const [login] = await rowsOf(member, 'select session_user as name')
  const name = String(login?.['name'])
  return { member, limit: (most: number) => rowsOf(url, `alter role ${name} connection limit ${most}`) }
}

/** A port of this machine where nobody listens. */
async function deadUrl(): Promise<string> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return `postgresql://127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}/postgres`
}

test('run, backfill and retry wait for a server without a connection left', async t => {
  const { url } = await testDatabase(t)
  const { member, limit } = await limitedLogin(t, url)
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Avery Sample')]))
  const env = { CASELOAD_LANDING: landing.root }
  for (const args of [['run', 'source_a', '20230501'], ['backfill', 'source_a'], ['retry']]) {
    await limit(0)
    const child = start(args, { url: member, env })
    let seen = ''
    child.stderr?.on('data', chunk => (seen += String(chunk)))
    const over = ended(child)
    await until(() => Promise.resolve(seen.includes('Attempt 2') || child.exitCode !== null))
    await limit(-1)
    const done = await over
    t.is(done.code, 0, `${args.join(' ')}: ${done.stderr}`)
    t.regex(done.stderr, /warn .*retry: .*no connection left.* Attempt 2 begins in [01]\.\d s/)
  }
  t.deepEqual(await rowsOf(url, 'select status, attempts from caseload.runs'), [{ status: 'published', attempts: 1 }])
  await limit(0)
  const once = await caseload(['retry', '--retries', '0'], { url: member, env })
  t.is(once.code, 1)
  t.notRegex(once.stderr, /Attempt/)
})

test('a server that never answered is an error at once; one that did is waited for', async t => {
  const { url } = await testDatabase(t)
  const { member, limit } = await limitedLogin(t, url)
  const dead = await deadUrl()
  const warned: string[] = []
  const log: Log = { info: () => undefined, warn: (_, message) => void warned.push(message), error: () => undefined }
  let now = dead
  const target: Target = {
    url: member,
    openSession: name => openAsOwner(now, name),
    close: () => Promise.resolve(),
  }
  const patiently = retryingTarget(target, { policy: quickly, signal: never, log })

  await t.throwsAsync(patiently.openSession('caseload test'), { instanceOf: UnreachableError })
  t.deepEqual(warned, [])
  await limit(0)
  now = member
  await t.throwsAsync(patiently.openSession('caseload test'), { instanceOf: TransientError })
  t.is(warned.length, 3)
  now = dead
  await t.throwsAsync(patiently.openSession('caseload test'), { instanceOf: TransientError })
  t.is(warned.length, 6, 'it spoke before, if only to refuse')
})
