import test from 'ava'
import { testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'
import { startProxy } from './message-proxy.ts'
import { testSeed } from '../../helpers/draws.ts'
import { randomFrom } from './random.ts'
import { replaceUnderReaders } from './replace-under-readers.ts'

// Law 2: readers see the old batch or the new one, never a mix, never an empty one.

test.serial('readers of every kind see whole versions while loaders are killed', async t => {
  t.timeout(600_000)
  const seed = testSeed()
  t.log(`CASELOAD_TEST_SEED=${seed}`)
  const { url } = await testDatabase(t)
  const goal = { replaces: 25, kills: 10, seconds: 0 }
  const report = await replaceUnderReaders({ url, folder: testLanding(t).root, random: randomFrom(seed), goal })
  t.log(`${report.replaces} replaces, ${report.kills} kills`)
  t.deepEqual(report.problems, [])
  for (const { name, reads, seen, straddled } of report.readers) {
    t.log(`${name}: ${reads} reads, ${seen.size} versions, ${straddled} snapshots older than a publish`)
    t.true(seen.size >= 4, name)
    if (name.includes('older')) t.true(straddled >= 4, name)
  }
  t.is(report.staged, 0)
  t.is(report.kept, 2, 'one version of each source')
})

/** As long as what it replaces, so that no message changes its length. */
const freeze = { there: ', freeze)', gone: '        )' }

test.serial('without FREEZE, the same readers find an empty or mixed batch', async t => {
  t.timeout(600_000)
  const { url } = await testDatabase(t)
  let taken = 0
  const proxy = await startProxy(url, (type, body) => {
    const at = type === 'Q' ? body.indexOf(freeze.there) : -1
    if (at >= 0) taken += body.write(freeze.gone, at) > 0 ? 1 : 0
    return 'pass'
  })
  t.teardown(proxy.close)
  const goal = { replaces: 10, kills: 0, seconds: 0 }
  const random = randomFrom(1)
  const report = await replaceUnderReaders({ url, loaderUrl: proxy.url, folder: testLanding(t).root, random, goal })
  t.true(taken >= 8, 'four tables of two sources at least')
  const older = report.readers.filter(({ name }) => name.includes('older')).flatMap(({ problems }) => problems)
  t.regex(older[0] ?? 'no problem was found', /NotWholeError/)
  t.deepEqual(
    report.problems.filter(problem => !older.includes(problem)),
    [],
    'all others see whole versions still',
  )
  t.log(older[0])
})
