import test from 'ava'
import fc from 'fast-check'
import { isShrunk } from '../../../pipelines/audit/shrunk-lists.ts'
import { declareWard, type Line, patient } from '../delivery/ward.ts'
import { caseload } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'

const people = (...ids: readonly (string | number)[]): readonly Line[] => ids.map(id => patient(String(id)))
const listed = 'select patient_id from current_patients order by 1'

test('a list may lose half of its keys, or two of three, and never all', t => {
  const law = fc.property(fc.nat({ max: 200 }), fc.nat({ max: 200 }), (kept, gone) => {
    const isAllowed = gone === 0 || (kept > 0 && (kept + gone < 4 || gone <= kept))
    return isShrunk(kept + gone, gone) !== isAllowed
  })
  t.notThrows(() => {
    fc.assert(law)
  })
})

test('ids that come as floats are another list of the same size: refused, by plan too, until the operator allows it once', async t => {
  const ward = await declareWard(t, `delivery = { patients: 'full' }`)
  await ward.load('2023-05-01', { patients: people(101, 102, 103) })
  ward.deliver('2023-05-02', { patients: people('101.0', '102.0', '103.0') })
  const refused = await ward.run('2023-05-02')
  t.is(refused.code, 3)
  t.regex(
    refused.stderr,
    /lacks 3 of the 3 rows of patients of 2023-05-01.*--allow-shrink.*shrink = \{ patients: 'allow' \}/,
  )
  t.notRegex(refused.stderr, /101/)
  t.deepEqual(await ward.lines(listed), ['101', '102', '103'])
  const planned = await ward.call('plan', 'ward', '2023-05-02')
  t.is(planned.code, 3)
  t.regex(planned.stderr, /would be refused: .*3 of the 3 rows of patients/)
  t.is((await ward.call('plan', 'ward', '2023-05-02', '--allow-shrink')).code, 0)
  t.is((await ward.run('2023-05-02', '--allow-shrink')).code, 0)
  t.deepEqual(await ward.lines(listed), ['101.0', '102.0', '103.0'])
})

test('the newest is judged by its keys; a day that is published already, or is older than one that is, never', async t => {
  const ward = await declareWard(t, `delivery = { patients: 'full' }`)
  await ward.load('2023-05-02', { patients: people(1, 2, 3, 4, 5) })
  await ward.load('2023-05-01', { patients: people(8) })
  await ward.load('2023-05-02', { patients: people(1) })
  await ward.load('2023-05-02', { patients: people(1, 2, 3, 4, 5, 6) })
  await ward.load('2023-05-03', { patients: people(4, 5, 6) })
  ward.deliver('2023-05-04', { patients: people(4, 7, 8, 9) })
  const half = await ward.run('2023-05-04')
  t.is(half.code, 0, half.stderr)
  ward.deliver('2023-05-05', { patients: people(9, 10, 11, 12, 13) })
  const refused = await ward.run('2023-05-05')
  t.is(refused.code, 3)
  t.regex(refused.stderr, /lacks 3 of the 4 rows of patients of 2023-05-04/)
})

test('a source lets one of its lists shrink, and a list that may be empty end', async t => {
  const ward = await declareWard(
    t,
    `delivery = { patients: 'full', visits: 'full', patient_links: 'full' }
     shrink = { visits: 'allow' }
     empty = { patient_links: 'allow' }`,
  )
  const visits = (...ids: readonly string[]): readonly Line[] =>
    ids.map(id => ({ patient_id: '1', visit_id: id, visit_date: '2023-05-01' }))
  const links = [{ patient_id: '1', person_id: 'X' }]
  await ward.load('2023-05-01', { patients: people(1, 2), visits: visits('V1', 'V2'), patient_links: links })
  await ward.load('2023-05-02', { patients: people(1, 2), visits: visits('V3'), patient_links: [] })
  ward.deliver('2023-05-03', { patients: people(3), visits: [], patient_links: [] })
  const refused = await ward.run('2023-05-03')
  t.is(refused.code, 3)
  t.regex(refused.stderr, /lacks 2 of the 2 rows of patients of 2023-05-02, by/)
})

test('a backfill runs the days of full lists in order, newest first or not, and each is judged by the one before', async t => {
  const ward = await declareWard(t, `delivery = { patients: 'full' }`)
  ward.deliver('2023-05-01', { patients: people(1, 2, 3, 4) })
  ward.deliver('2023-05-02', { patients: people('1.0', '2.0', '3.0', '4.0') })
  ward.deliver('2023-05-03', { patients: people(2, 3, 4, 5) })
  ward.deliver('2023-05-04', { patients: people(5) })
  const done = await ward.call('backfill', 'ward', '--reverse', '--concurrency', '4', '--json')
  t.is(done.code, 1)
  const outcomes = (JSON.parse(done.stdout) as { readonly date: string; readonly outcome: string }[])
    .map(one => `${one.date} ${one.outcome}`)
    .sort()
  t.deepEqual(outcomes, ['2023-05-01 published', '2023-05-02 refused', '2023-05-03 published', '2023-05-04 refused'])
  t.deepEqual(await ward.lines(listed), ['2', '3', '4', '5'])
})

test('users of home_monitoring whose ids come as floats, their roles too or not, do not empty its lists', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const deliver = (day: string, asUser: (id: number) => string, asRole: (id: number) => string): void => {
    const users = [101, 102].map(id => `{"id":"${asUser(id)}","name":"Avery Sample","date_of_birth":"1970-01-02"}`)
    const folder = `home_monitoring/${day}`
    landing.write(`${folder}/users.json`, `[${users.join(',')}]`)
    landing.write(`${folder}/roles.csv`, `user_id,role_id\n${asRole(101)},r1\n${asRole(102)},r1\n`)
    landing.write(`${folder}/role_definitions.csv`, 'role_id,name,category,permissions\nr1,Patient,patient,\n')
    landing.write(
      `${folder}/devices.csv`,
      'id,name,mac_address,user_id,assigned_by,firmware_version,software_version,in_use_since\n' +
        `d1,Watch,,${asRole(101)},${asRole(102)},1,1,2023-01-01T00:00:00Z\n`,
    )
  }
  const float = (id: number): string => `${id}.0`
  const run = (day: string): ReturnType<typeof caseload> =>
    caseload(['run', 'home_monitoring', day, '--landing', landing.root], { url })
  deliver('20230601', String, String)
  const first = await run('20230601')
  t.is(first.code, 0, first.stderr)
  deliver('20230602', float, String)
  const some = await run('20230602')
  t.is(some.code, 3)
  t.regex(some.stderr, /2 of 2 rows of user_roles/)
  deliver('20230602', float, float)
  const all = await run('20230602')
  t.is(all.code, 3)
  t.regex(all.stderr, /2 of the 2 rows of patients of 2023-06-01/)
  t.deepEqual(
    (await rowsOf(url, 'select patient_id from clinical.current_patients order by 1')).map(row => row['patient_id']),
    ['101', '102'],
  )
})
