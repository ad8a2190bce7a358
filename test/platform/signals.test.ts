import test from 'ava'
import { TimeoutError } from '../../pipelines/platform/errors.ts'
import { stopOnSignals, withTimeout } from '../../pipelines/platform/signals.ts'

test('as many batches as there are cores may listen, and Node warns of no leak', async t => {
  const warned: string[] = []
  const warn = ({ message }: Error): void => void warned.push(message)
  process.on('warning', warn)
  const stop = stopOnSignals()
  const { signal } = stop
  for (let batch = 0; batch < 64; batch++) signal.addEventListener('abort', () => undefined, { once: true })
  // Node warns at the next turn.
  await new Promise(setImmediate)
  process.off('warning', warn)
  stop.release()
  t.deepEqual(warned, [])
})

test('the time of one batch ends that batch alone', async t => {
  const stop = stopOnSignals()
  const { signal } = stop
  const reason = await withTimeout(
    0.001,
    signal,
    limited =>
      new Promise(resolve => {
        limited.addEventListener('abort', () => {
          resolve(limited.reason)
        })
      }),
  )
  stop.release()
  t.true(reason instanceof TimeoutError)
  t.false(signal.aborted)
})
