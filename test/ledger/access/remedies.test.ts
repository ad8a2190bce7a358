import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { testDatabase } from '../../helpers/database.ts'
import { callMain } from '../../helpers/in-process.ts'
import { testLanding } from '../../helpers/landing.ts'
import { sampleData } from '../../helpers/samples.ts'
import { loginUrl, testPrefix } from './roles.ts'

test.serial('what a login may not read or do in a database with roles names the role that may', async t => {
  const prefix = testPrefix(t, process.env['CASELOAD_TEST_URL'] ?? '')
  const { url } = await testDatabase(t)
  const call = async (there: string, ...words: readonly string[]): Promise<string> =>
    (await callMain(words, { DATABASE_URL: there, CASELOAD_LANDING: sampleData, CASELOAD_QUIET: 'true' })).stderr
  await call(url, 'migrate', '--roles', prefix)
  await call(url, 'run', 'source_a', '20230501')
  await call(url, 'marts', 'rebuild')
  await call(url, 'care', 'on')
  const login = (of: string): Promise<string> => loginUrl(url, prefix, { name: `l_${of}`, of })
  const [care, clinical, audit] = [await login('care'), await login('clinical'), await login('audit')]

  // Single grants would show this login every patient.
  for (const relation of ['current_visits', 'clinical.current_visits']) {
    const said = await call(care, 'sql', `select count(*) from ${relation}`)
    t.regex(said, /Row rights show \w+_l_care the rows of its patients in schemas mart and care/, said)
    t.notRegex(said, /grant/)
  }
  const told = (role: string, of: string): RegExp =>
    new RegExp(`To go on, as a role that may grant it: grant "${prefix}_${role}" to "${prefix}_l_${of}"\\.\n$`)
  t.regex(await call(clinical, 'status'), told('audit', 'clinical'))
  t.regex(await call(clinical, 'sql', 'select from caseload.batch_patients'), told('audit', 'clinical'))
  t.regex(await call(clinical, 'run', 'source_a', '20230501'), told('loader', 'clinical'))
  t.regex(await call(audit, 'sql', 'select from clinical.current_visits'), told('clinical', 'audit'))
  t.regex(await call(audit, 'sql', 'select from caseload.batch_patients'), told('loader', 'audit'))

  const file = join(testLanding(t).root, 'ids.txt')
  writeFileSync(file, 'P-A-001\nP-A-002\nP-X-999\n')
  const added = await callMain(['care', 'add', `${prefix}_l_care`, '--source', 'source_a', '--patients', file], {
    DATABASE_URL: url,
  })
  t.is(added.code, 0)
  t.regex(added.stderr, /1 of 3 ids is no patient of source_a yet/)
})
