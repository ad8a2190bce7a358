import test from 'ava'
import fc from 'fast-check'
import { testDatabase, withSession } from '../helpers/database.ts'
import { testSeed } from '../helpers/draws.ts'
import { differences } from './compare.ts'
import { Installation, makeInstallation } from './installation.ts'
import { life } from './steps.ts'

test('law: after any sequence of changes every mart equals its live view', async t => {
  t.timeout(30 * 60_000)
  const { url } = await testDatabase(t)
  t.log(`CASELOAD_TEST_SEED=${testSeed()}`)
  let no = 0
  // After a failure fast-check looks for a shorter sequence that fails, for hours if nobody ends it.
  let left = Infinity
  await withSession(url, async session => {
    await session.query('set search_path = pg_catalog, pg_temp')
    await makeInstallation(session)
    // Not an assertion of the test: the first one that fails would be all that it shows, without the steps.
    const requireEqual = async (): Promise<void> => {
      const found = await differences(session)
      if (found.length > 0) throw new Error(`Expected marts like the live views, found ${found.join('; ')}.`)
    }
    await fc.assert(
      fc.asyncProperty(life, async steps => {
        if (left === 0) return
        left -= 1
        const installation = new Installation(url, session, no++)
        await installation.begin()
        let isHeld = false
        try {
          for (const one of steps) {
            await installation.take(one)
            if (one.kind === 'refresh') await requireEqual()
          }
          isHeld = true
        } finally {
          if (!isHeld) left = Math.min(left, 60)
          await installation.end(!isHeld)
        }
        await requireEqual()
      }),
      { numRuns: Number(process.env['CASELOAD_RUNS'] ?? 16), includeErrorInReport: true },
    )
  })
  t.pass()
})
