import type { ExecutionContext } from 'ava'
import { testDatabase, withSession } from '../helpers/database.ts'
import { differences } from './compare.ts'
import { Installation, makeInstallation } from './installation.ts'
import type { Step } from './steps.ts'

/** What the marts of a new installation have too much and lack after some steps. */
export async function differencesAfter(t: ExecutionContext, steps: readonly Step[]): Promise<readonly string[]> {
  const { url } = await testDatabase(t)
  return withSession(url, async session => {
    await session.query('set search_path = pg_catalog, pg_temp')
    await makeInstallation(session)
    const installation = new Installation(url, session, 0)
    await installation.begin()
    for (const step of steps) await installation.take(step)
    return differences(session)
  })
}
