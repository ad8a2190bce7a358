import test from 'ava'
import { closeOnSignals } from '../../pipelines/cli/commands/close-on-signals.ts'
import type { Target } from '../../pipelines/embedded/target.ts'

test.serial(
  'if another listener of the command handles a signal, closeOnSignals does not close the target',
  async t => {
    let closed = 0
    const target: Target = {
      url: undefined,
      openSession: () => Promise.reject(new Error('not asked for')),
      close: () => {
        closed += 1
        // Never resolves: the process would end after it.
        return new Promise(() => undefined)
      },
    }
    let stopped = 0
    const stop = (): void => void (stopped += 1)
    const listeners = (): number => process.listenerCount('SIGTERM') + process.listenerCount('SIGHUP')
    const before = listeners()
    const outer = closeOnSignals(Promise.resolve(target))
    process.on('SIGTERM', stop)
    const inner = closeOnSignals(Promise.resolve(target))
    process.emit('SIGTERM', 'SIGTERM')
    await new Promise(setImmediate)
    t.deepEqual({ stopped, closed }, { stopped: 1, closed: 0 })
    await inner.over()
    await outer.over()
    process.off('SIGTERM', stop)
    t.is(listeners(), before)
  },
)
