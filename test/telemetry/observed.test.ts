import test from 'ava'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { observed } from '../../pipelines/telemetry/observed.ts'
import type { RunEnded, RunStarted, Telemetry } from '../../pipelines/telemetry/run-event.ts'
import { keepingLog } from '../helpers/log.ts'
import { aboutRun, observe, published } from './runs.ts'

/** A telemetry that keeps what it is told. */
function keeping(): Telemetry & { readonly told: (RunStarted | RunEnded)[] } {
  const told: (RunStarted | RunEnded)[] = []
  const keep = (event: RunStarted): Promise<void> => {
    told.push(event)
    return Promise.resolve()
  }
  return { name: 'keeping', told, started: keep, ended: keep }
}

test('a run is told once when it begins and once when it ended, and gives what it gave', async t => {
  const telemetry = keeping()
  const { about } = await observe([telemetry])
  const [started, ended, ...more] = telemetry.told
  t.deepEqual(more, [])
  t.like(started, about)
  t.like(ended, { ...about, attempts: 2, outcome: { state: 'published', exitCode: 0, published } })
  t.is(ended?.startedAt, started?.startedAt)
  const result = await observed(() => Promise.resolve(published), {
    ...aboutRun(),
    telemetries: [],
    log: keepingLog(),
    redact: text => text,
  })
  t.is(result, published)
})

test('what a run throws is thrown, told without secrets, and a bug told without its message', async t => {
  const log = keepingLog()
  const about = aboutRun()
  for (const [error, exitCode, message] of [
    [new RefusedError('Refused by Secret-of-nobody.'), 3, 'Refused by ***.'],
    [new TypeError('Jane Example'), 1, 'A bug of Caseload; its stack is in the log.'],
    ['a thrown string', 1, 'A bug of Caseload; its stack is in the log.'],
  ] as const) {
    const telemetry = keeping()
    const thrown: unknown = await observed(() => Promise.reject(error as Error), {
      ...about,
      telemetries: [telemetry],
      log,
      redact: text => text.replaceAll('Secret-of-nobody', '***'),
    }).catch((found: unknown) => found)
    t.is(thrown, error)
    t.like(telemetry.told[1], { attempts: 1, outcome: { state: 'failed', exitCode, message } })
  }
  t.deepEqual(log.lines, [])
})

test('telemetry that throws at once or later is a warning, and the others are still told', async t => {
  const telemetry = keeping()
  const late: Telemetry = {
    name: 'late',
    started: () => Promise.reject(new Error('not there')),
    ended: () => Promise.reject(new Error('still not there')),
  }
  const early: Telemetry = {
    name: 'early',
    started: () => {
      throw new Error('no')
    },
    ended: () => {
      throw new Error('no')
    },
  }
  const { lines, thrown } = await observe([early, late, telemetry])
  t.is(thrown, undefined)
  t.is(telemetry.told.length, 2)
  t.deepEqual([...lines].sort(), [
    'warn telemetry: early: no',
    'warn telemetry: early: no',
    'warn telemetry: late: not there',
    'warn telemetry: late: still not there',
  ])
})
