import test from 'ava'
import { serverStatus } from '../../pipelines/embedded/server.ts'
import { connect } from '../../pipelines/platform/postgres.ts'
import { openTarget, type Target } from '../../pipelines/embedded/target.ts'
import { scratchHome } from './scratch.ts'

const opened = (home: string, ephemeral: boolean): Promise<Target> =>
  openTarget({ CASELOAD_HOME: home }, '/', { ephemeral })

const runs = async (home: string): Promise<boolean> => (await serverStatus({ home })).running

/** Runs a query over a session of the target. */
async function answer(target: Target): Promise<unknown> {
  const session = await target.openSession('caseload')
  try {
    return (await session.query<{ n: number }>('select 1 as n')).rows[0]?.n
  } finally {
    await session.end()
  }
}

test.serial('of overlapping ephemeral commands the last one stops the server', async t => {
  const home = scratchHome(t)
  const first = await opened(home, true)
  const second = await opened(home, true)
  await first.close()
  t.is(await answer(second), 1)
  const third = await opened(home, true)
  await Promise.all([second.close(), third.close()])
  t.false(await runs(home), 'two that close at the same time')
})

test.serial(
  'an ephemeral command does not stop a server that others use, and the next ephemeral command stops it',
  async t => {
    const home = scratchHome(t)
    const first = await opened(home, true)
    const lasting = await opened(home, false)
    await first.close()
    t.is(await answer(lasting), 1)
    const url = lasting.url ?? ''
    await lasting.close()
    t.true(await runs(home), 'a command that is not ephemeral does not stop it')
    const psql = await connect({ url, applicationName: 'psql' })
    await (await opened(home, true)).close()
    t.deepEqual((await psql.query('select 1 as n')).rows, [{ n: 1 }])
    await psql.end()
    const last = await opened(home, true)
    await last.close()
    await last.close()
    t.false(await runs(home))
  },
)

test.serial('an ephemeral command does not stop a server that another command started', async t => {
  const home = scratchHome(t)
  const lasting = await opened(home, false)
  await lasting.close()
  await (await opened(home, true)).close()
  t.true(await runs(home))
})

test.serial('concurrent ephemeral commands all get a server', async t => {
  const home = scratchHome(t)
  const calls = Array.from({ length: 3 }, async () => {
    const answers: unknown[] = []
    for (let turn = 0; turn < 3; turn++) {
      const target = await opened(home, true)
      answers.push(await answer(target))
      await target.close()
    }
    return answers
  })
  t.deepEqual(await Promise.all(calls), Array(3).fill([1, 1, 1]))
  t.false(await runs(home))
})
