import test from 'ava'
import fc from 'fast-check'
import { connect, type Session } from '../../pipelines/platform/postgres.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { testSeed } from '../helpers/draws.ts'
import { callMain } from '../helpers/in-process.ts'
import { sampleData } from '../helpers/samples.ts'
import { Installation, makeInstallation } from '../marts/installation.ts'
import { life } from '../marts/steps.ts'
import { cluster } from './databases.ts'
import { differentViews } from './same-rows.ts'

test('all samples, several sources at once: each view and mart has the rows of a plain database', async t => {
  t.timeout(1_200_000)
  const plain = await testDatabase(t, 'plain')
  const distributed = await testDatabase(t)
  for (const { url } of [plain, distributed]) {
    const call = (...words: readonly string[]): ReturnType<typeof callMain> =>
      callMain([...words], { DATABASE_URL: url, CASELOAD_LANDING: sampleData })
    const loaded = await call('backfill', '--from', '20230501', '--to', '20230503', '--concurrency', '4')
    t.is(loaded.code, 0, loaded.stderr.slice(-2000))
    if (url === plain.url) continue
    const made = await call('marts', 'rebuild')
    t.is(made.code, 0, made.stderr.slice(-2000))
  }
  const rows = await rowsOf(distributed.url, 'select sum(rows)::integer as rows from caseload.published')
  t.true(Number(rows[0]?.['rows']) > 500)
  t.deepEqual(await differentViews(plain.url, distributed.url), [])
})

test('law: whatever was delivered, in every mode of delivery, replaced and taken back, the rows are those of a plain database', async t => {
  t.timeout(1_200_000)
  t.log(`CASELOAD_TEST_SEED=${testSeed()}`)
  const plain = await testDatabase(t, 'plain')
  const distributed = await testDatabase(t)
  const sessions: (readonly [url: string, session: Session])[] = []
  for (const { url } of [plain, distributed]) {
    const session = await connect({ url, applicationName: 'caseload test' })
    t.teardown(() => session.end())
    await makeInstallation(session)
    sessions.push([url, session])
  }
  const drawn = fc.sample(life, { numRuns: cluster === undefined ? 4 : 2, seed: testSeed() })
  for (const [no, steps] of drawn.entries()) {
    for (const [url, session] of sessions) {
      const installation = new Installation(url, session, no)
      await installation.begin()
      for (const step of steps) await installation.take(step)
    }
    t.deepEqual(await differentViews(plain.url, distributed.url), [], JSON.stringify(steps))
  }
})
