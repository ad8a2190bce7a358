import test from 'ava'
import { enginePool } from '../../pipelines/run/engine-pool.ts'
import { childrenOf } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'

test('an engine serves one batch after the other, until it dies or its batch fails', async t => {
  const pool = enginePool()
  t.teardown(() => {
    pool.close()
  })
  const others = new Set(childrenOf(process.pid))
  const engines = (): readonly number[] => childrenOf(process.pid).filter(pid => !others.has(pid))

  const first = await pool.use(engine => Promise.resolve(engine))
  t.is(await pool.use(engine => Promise.resolve(engine)), first)
  const [pid] = engines()
  t.is(engines().length, 1)

  // Dead while nobody uses it: nobody gets it, and nothing is thrown into the air.
  process.kill(pid ?? 0, 'SIGKILL')
  await until(() => Promise.resolve(!first.isSound()))
  const second = await pool.use(engine => Promise.resolve(engine))
  t.not(second, first)
  t.true(second.isSound())

  await t.throwsAsync(
    pool.use(engine => {
      t.is(engine, second)
      return Promise.reject(new Error('the batch failed'))
    }),
    { message: 'the batch failed' },
  )
  t.false(second.isSound())

  await pool.use(() => pool.use(() => Promise.resolve()))
  pool.close()
  await until(() => Promise.resolve(engines().length === 0))
  t.pass()
})
