import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import test from 'ava'
import fc from 'fast-check'
import { DatabaseError, TransientError, RefusedError, UnreachableError } from '../../pipelines/platform/errors.ts'
import { connect } from '../../pipelines/platform/postgres.ts'
import { type FailedAttempt, asTransient, waitAfter, withRetries } from '../../pipelines/platform/retry.ts'

const quick = { retries: 3, firstWait: 1, longestWait: 2 }
const never = new AbortController().signal

test('a transient error is retried until the retries are used up, and each failed attempt is reported', async t => {
  const reported: FailedAttempt[] = []
  const attempts: number[] = []
  const work = (attempt: number): Promise<never> => {
    attempts.push(attempt)
    return Promise.reject(new TransientError(`attempt ${attempt}`))
  }
  const error = await t.throwsAsync(withRetries(quick, never, work, failed => reported.push(failed)))
  t.is(error.message, 'attempt 4')
  t.deepEqual(attempts, [1, 2, 3, 4])
  t.deepEqual(
    reported.map(({ attempt, error: { message } }) => [attempt, message]),
    [
      [1, 'attempt 1'],
      [2, 'attempt 2'],
      [3, 'attempt 3'],
    ],
  )
})

test('the first success is the result', async t => {
  const result = await withRetries(
    quick,
    never,
    attempt => (attempt < 3 ? Promise.reject(new TransientError('')) : Promise.resolve(attempt)),
    () => undefined,
  )
  t.is(result, 3)
})

test('an error of the data or the configuration is not retried', async t => {
  for (const error of [new RefusedError('bad rows'), new DatabaseError('no rights'), new TypeError('a bug')]) {
    let attempts = 0
    const work = (): Promise<never> => {
      attempts++
      return Promise.reject(error)
    }
    t.is(await t.throwsAsync(withRetries(quick, never, work, () => t.fail())), error)
    t.is(attempts, 1)
  }
})

test('a signal ends the wait with its own reason', async t => {
  const controller = new AbortController()
  const reason = new Error('stopped')
  const patient = { retries: 1, firstWait: 3_600_000, longestWait: 3_600_000 }
  const trying = withRetries(
    patient,
    controller.signal,
    () => Promise.reject(new TransientError('')),
    () => {
      controller.abort(reason)
    },
  )
  t.is(await t.throwsAsync(trying), reason)
})

test('when a signal and a lost connection end the work, the signal is reported', async t => {
  const controller = new AbortController()
  const reason = new Error('stopped')
  const work = (): Promise<never> => {
    controller.abort(reason)
    return Promise.reject(new TransientError('the connection was lost'))
  }
  t.is(await t.throwsAsync(withRetries(quick, controller.signal, work, () => t.fail())), reason)
  const refused = new RefusedError('bad rows')
  t.is(
    await t.throwsAsync(
      withRetries(
        quick,
        controller.signal,
        () => Promise.reject(refused),
        () => t.fail(),
      ),
    ),
    refused,
  )
})

test('a server that closes the connection is transient; an address without a server is unreachable', async t => {
  const server = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const reach = (): Promise<unknown> =>
    connect({ url: `postgresql://u@127.0.0.1:${port}/d`, applicationName: 'caseload test' })
  await t.throwsAsync(reach(), { instanceOf: TransientError })
  server.close()
  await once(server, 'close')
  await t.throwsAsync(reach(), { instanceOf: UnreachableError })
})

test('an unreachable server is transient if it was reachable before', t => {
  t.true(asTransient(new UnreachableError('')) instanceof TransientError)
  const other = new DatabaseError('')
  t.is(asTransient(other), other)
})

test('waits grow, stay within the maximum, and end with the retries', t => {
  fc.assert(
    fc.property(
      fc.record({
        retries: fc.nat(20),
        firstWait: fc.integer({ min: 1, max: 5000 }),
        longestWait: fc.integer({ min: 5000, max: 60_000 }),
      }),
      fc.integer({ min: 1, max: 30 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (policy, attempt, random) => {
        const wait = waitAfter(policy, attempt, random)
        if (attempt > policy.retries) return wait === undefined
        const full = Math.min(policy.longestWait, policy.firstWait * 2 ** (attempt - 1))
        return wait !== undefined && wait <= full && wait >= Math.floor(full * 0.75)
      },
    ),
  )
  t.pass()
})
