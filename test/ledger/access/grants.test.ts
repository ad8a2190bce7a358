import test from 'ava'
import type { Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { callMain } from '../../helpers/in-process.ts'
import { sampleData } from '../../helpers/samples.ts'
import { testPrefix } from './roles.ts'

/** A command in this process: one at a time. */
const call = (url: string, ...words: readonly string[]): Promise<Ended> =>
  callMain(words, { DATABASE_URL: url, CASELOAD_LANDING: sampleData, CASELOAD_QUIET: 'true' })

const server = process.env['CASELOAD_TEST_URL'] ?? ''

test.serial('grants prints what a login of a BI tool needs, with roles and without', async t => {
  const prefix = testPrefix(t, server)
  const { url } = await testDatabase(t)
  const script = async (): Promise<string> => {
    const done = await call(url, 'grants', `${prefix}_bi`, '--role', 'clinical')
    t.is(done.code, 0, done.stderr)
    return done.stdout
  }
  const direct = await script()
  t.regex(direct, /alter default privileges for role "\w+" in schema "clinical" grant select on tables to "\w+_bi"/)
  t.regex(direct, /set search_path = mart, clinical;/)
  await rowsOf(url, direct)
  const readAll = async (): Promise<void> => {
    await withSession(url, async session => {
      await session.query(`set role ${prefix}_bi`)
      for (const view of ['current_patients', 'missing_batches'])
        await session.query(`select from clinical.${view} limit 1`)
      await t.throwsAsync(session.query('select patient_id from store.patients'), { message: /permission denied/ })
    })
  }
  await readAll()
  t.is((await call(url, 'migrate', '--roles', prefix)).code, 0)
  await readAll()
  await rowsOf(url, await script())
  await readAll()
  t.is((await call(url, 'grants')).code, 2)
  t.is((await call(url, 'grants', 'bi')).code, 2)
})
