import test from 'ava'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { observed } from '../../pipelines/telemetry/observed.ts'
import type { RunEnded, RunStarted, Telemetry } from '../../pipelines/telemetry/run-event.ts'
import { keepingLog } from '../helpers/log.ts'
import { aboutRun, observe, published } from './runs.ts'

/** A telemetry that records its events. */
function keeping(): Telemetry & { readonly events: (RunStarted | RunEnded)[] } {
  const events: (RunStarted | RunEnded)[] = []
  const keep = (event: RunStarted): Promise<void> => {
    events.push(event)
    return Promise.resolve()
  }
  return { name: 'keeping', events, started: keep, ended: keep }
}

test('a run is reported once at its start and once at its end, and its result is returned', async t => {
  const telemetry = keeping()
  const { about } = await observe([telemetry])
  const [started, ended, ...more] = telemetry.events
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

test('the error of a run is thrown; it is reported without secrets, and a bug without its message', async t => {
  const log = keepingLog()
  const about = aboutRun()
  for (const [error, exitCode, message] of [
    [new RefusedError('Refused by Secret-of-nobody.'), 3, 'Refused by ***.'],
    [new TypeError('Jane Example'), 1, 'A bug in Caseload; its stack is in the log.'],
    ['a thrown string', 1, 'A bug in Caseload; its stack is in the log.'],
  ] as const) {
    const telemetry = keeping()
    const thrown: unknown = await observed(() => Promise.reject(error as Error), {
      ...about,
      telemetries: [telemetry],
      log,
      redact: text => text.replaceAll('Secret-of-nobody', '***'),
    }).catch((found: unknown) => found)
    t.is(thrown, error)
    t.like(telemetry.events[1], { attempts: 1, outcome: { state: 'failed', exitCode, message } })
  }
  t.deepEqual(log.lines, [])
})

test('a telemetry that throws, at once or later, is a warning, and the others still get the events', async t => {
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
  t.is(telemetry.events.length, 2)
  t.deepEqual([...lines].sort(), [
    'warn telemetry: early: no',
    'warn telemetry: early: no',
    'warn telemetry: late: not there',
    'warn telemetry: late: still not there',
  ])
})
