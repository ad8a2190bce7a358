import test from 'ava'
import { TimeoutError } from '../../pipelines/platform/errors.ts'
import { stopOnSignals, withTimeout } from '../../pipelines/platform/signals.ts'

test('many batches may listen to one signal without a leak warning of Node', async t => {
  const warned: string[] = []
  const warn = ({ message }: Error): void => void warned.push(message)
  process.on('warning', warn)
  const stop = stopOnSignals()
  const { signal } = stop
  for (let batch = 0; batch < 64; batch++) signal.addEventListener('abort', () => undefined, { once: true })
  // Node warns in the next turn of the event loop.
  await new Promise(setImmediate)
  process.off('warning', warn)
  stop.release()
  t.deepEqual(warned, [])
})

test('the timeout of one batch ends only that batch', async t => {
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
