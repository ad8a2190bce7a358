import test from 'ava'
import { openLandingView } from '../../../pipelines/landing/open-landing-view.ts'
import { caseload, type CallOptions, type Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { startCutter, startStore, type TestStore } from '../../landing/s3/store.ts'

let store: TestStore

test.before(async () => {
  store = await startStore()
  // The SDK reads its keys there.
  Object.assign(process.env, store.env())
})
test.after.always(async () => {
  await store.close()
})

const header = 'mrn,first_name,last_name,birth_date,visit_account_number,visit_date,reason\n'
const file = (reason: string): string => `${header}M1,Avery,Sample,1990-01-01,V1,2023-05-01,${reason}\n`

test('objects are queued when they come, once, and again when their content changes', async t => {
  const { url } = await testDatabase(t)
  const options: CallOptions = { url, env: { ...store.env(), CASELOAD_LANDING: 's3://wards/queue' } }
  const call = (...words: readonly string[]): Promise<Ended> => caseload(words, options)
  const look = (): Promise<Ended> => call('watch', '--once', '--days', '36600', '--quiet-period', '0')
  // This server shows a prefix only if some object lies directly below it; a real one shows all.
  await store.put('queue/intake/readme.txt', '')
  await store.put('queue/intake/20230501/patient_intake_1.csv', file('Cough'))
  await store.put('queue/intake/20230502/patient_intake_1.csv', file('Cough'))
  t.like(await call('migrate'), { code: 0 })
  const ends = await Promise.all([look(), look(), look()])
  for (const { code, stderr } of ends) t.is(code, 0, stderr)
  t.deepEqual(ends.flatMap(one => one.stdout.split('\n').filter(line => line !== '')).toSorted(), [
    'intake 2023-05-01 queued: not run yet',
    'intake 2023-05-02 queued: not run yet',
  ])
  const worked = await call('worker', '--drain')
  t.is(worked.code, 0, worked.stderr)
  // The first has another time and the same ETag.
  await store.put('queue/intake/20230501/patient_intake_1.csv', file('Cough'))
  await store.put('queue/intake/20230502/patient_intake_1.csv', file('Fever'))
  t.like(await look(), {
    code: 0,
    stdout: 'intake 2023-05-02 queued: files changed: changed patient_intake_1.csv\n',
  })
  t.like(await look(), { code: 0, stdout: '' })
  // What is removed counts, although nothing that is left is newer: five minutes later, since an old listing looks the same.
  await store.put('queue/intake/20230502/patient_intake_2.csv', header)
  t.regex((await look()).stdout, /^intake 2023-05-02 waits already: files changed: added patient_intake_2\.csv/)
  t.like(await call('worker', '--drain'), { code: 0 })
  await store.remove('queue/intake/20230502/patient_intake_2.csv')
  await rowsOf(url, `update caseload.arrivals set changed_at = now() + interval '1 hour'`)
  t.like(await look(), { code: 0, stdout: '' })
  await rowsOf(url, `update caseload.arrivals set seen_at = now() - interval '6 minutes'`)
  t.like(await look(), { code: 0, stdout: 'intake 2023-05-02 queued: files changed: removed patient_intake_2.csv\n' })
})

test('a look asks for a thousand objects at once, from its first day on, and for no day behind its last', async t => {
  const names = Array.from({ length: 1100 }, (_, at) => String(at + 1).padStart(4, '0'))
  const all = [
    ...names.map(name => `20230501/people_${name}.csv`),
    ...['20230430/people_1.csv', '20230502/deep/people_1.csv', '20230502/people_1.csv', '20231399/people_1.csv'],
    ...['20230601/people_1.csv', 'notes/readme.txt', 'static/codes.csv'],
  ]
  for (let at = 0; at < all.length; at += 50) {
    await Promise.all(all.slice(at, at + 50).map(key => store.put(`many/ward/${key}`, header)))
  }
  const proxy = await startCutter(store.port, () => false)
  t.teardown(() => proxy.close())
  Object.assign(process.env, store.env(proxy.port))
  t.teardown(() => Object.assign(process.env, store.env()))
  const view = await openLandingView({ landing: 's3://wards/many', env: store.env(proxy.port) })
  t.teardown(() => {
    view.close()
  })
  const found = await view.deliveries('ward', '2023-05-01', '2023-05-31')
  t.deepEqual(
    found.map(one => [one.date, one.listing?.entries.length]),
    [
      ['2023-05-01', 1100],
      ['2023-05-02', 2],
    ],
  )
  t.deepEqual(
    found.at(1)?.listing?.entries.map(one => [one.name, one.kind]),
    [
      ['deep', 'folder'],
      ['people_1.csv', 'file'],
    ],
  )
  t.is(proxy.requests.length, 2)
  for (const request of proxy.requests) t.regex(request, /start-after=many%2Fward%2F20230501/)
})
