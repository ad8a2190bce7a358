import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Ended, root } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { startCutter } from './store.ts'
import { count, database, deliver, folder, header, isObject, large, line, lines, run, store } from './store-scene.ts'

test.serial('objects are loaded like files, and the ledger keeps their ETag', async t => {
  await deliver({
    'patient_intake_1.csv': header + lines(2),
    'patient_intake_2.csv': header + line(3),
    '.patient_intake_3.csv.part': 'half',
  })
  const done = await run(t)
  t.is(done.code, 0, done.stderr)
  t.deepEqual(await rowsOf(database.url, count), [{ n: 3 }])
  const files = await rowsOf(
    database.url,
    'select path, bytes::int as bytes, object_etag, object_version from caseload.files order by path',
  )
  t.deepEqual(files, [
    {
      path: 'intake/20230501/patient_intake_1.csv',
      bytes: (header + lines(2)).length,
      object_etag: await store.etag(`${folder}/patient_intake_1.csv`),
      object_version: null,
    },
    {
      path: 'intake/20230501/patient_intake_2.csv',
      bytes: (header + line(3)).length,
      object_etag: await store.etag(`${folder}/patient_intake_2.csv`),
      object_version: null,
    },
  ])
})

test.serial('a wrong access key or secret: exit 1, and no word of either', async t => {
  await deliver({ 'patient_intake_1.csv': header + line(1) })
  const wrongKey = await run(t, { env: { AWS_ACCESS_KEY_ID: 'NOBODY-hush-hush' } })
  t.is(wrongKey.code, 1)
  t.regex(wrongKey.stderr, /refused the access key \(InvalidAccessKeyId\) for s3:\/\/wards\/landing\/a/)
  const wrongSecret = await run(t, { env: { AWS_SECRET_ACCESS_KEY: 'hush-hush' } })
  t.is(wrongSecret.code, 1)
  t.regex(wrongSecret.stderr, /refused the access key \(SignatureDoesNotMatch\)/)
  const none = await run(t, { env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' } })
  t.is(none.code, 2)
  t.regex(none.stderr, /Expected keys for s3:\/\/wards\/landing\/a, found none/)
})

test.serial('a missing bucket, prefix or day: exit 4', async t => {
  await deliver({ 'patient_intake_1.csv': header + line(1) })
  const bucket = await run(t, { root: 's3://nowhere/landing' })
  t.is(bucket.code, 4)
  t.regex(bucket.stderr, /Expected the bucket nowhere of the landing root s3:\/\/nowhere\/landing/)
  for (const options of [{ root: 's3://wards/elsewhere' }, { date: '20230502' }]) {
    const done = await run(t, options)
    t.is(done.code, 4)
    t.regex(done.stderr, /Expected objects below s3:\/\/wards\/.*\/intake\/2023050[12]\/, found none/)
  }
})

test.serial('a store that nobody answers for: exit 1', async t => {
  const done = await run(t, { env: { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' } })
  t.is(done.code, 1)
  t.regex(done.stderr, /could not be reached.*\(ECONNREFUSED\)/)
})

test.serial('a connection cut half way is taken up where it broke', async t => {
  await deliver({ 'patient_intake_1.csv': large })
  let left = 2
  const cutter = await startCutter(store.port, (request, bytes) => isObject(request) && bytes > 200_000 && left-- > 0)
  t.teardown(() => cutter.close())
  const { url } = await testDatabase(t)
  const done = await run(t, { env: store.env(cutter.port), url })
  t.is(done.code, 0, done.stderr)
  t.deepEqual(await rowsOf(url, count), [{ n: 20_000 }])
  const ranges = cutter.requests.filter(isObject).map(request => /range: bytes=(\d+)-/i.exec(request)?.[1])
  t.is(ranges.length, 3)
  t.is(ranges[0], undefined)
  // How much of what was sent came through before the cut is the machine's affair.
  t.true(Number(ranges[1]) > 0 && Number(ranges[2]) > Number(ranges[1]), String(ranges))
})

test.serial(
  'a connection that is cut every time: exit 1 after three tries, and readers keep what they had',
  async t => {
    await deliver({ 'patient_intake_1.csv': header + lines(3) })
    t.is((await run(t)).code, 0)
    await deliver({ 'patient_intake_1.csv': large })
    const cutter = await startCutter(store.port, (request, bytes) => isObject(request) && bytes > 50_000)
    t.teardown(() => cutter.close())
    const done = await run(t, { env: store.env(cutter.port) })
    t.is(done.code, 1)
    t.regex(done.stderr, /Expected \d+ bytes of s3:\/\/wards\/landing\/a\/intake\/20230501\/patient_intake_1\.csv/)
    t.regex(done.stderr, /cut 3 times/)
    t.is(cutter.requests.filter(isObject).length, 3)
    t.deepEqual(await rowsOf(database.url, count), [{ n: 3 }])
  },
)

test.serial('a store that falls silent: --timeout ends the run, and nothing is left', async t => {
  await deliver({ 'patient_intake_1.csv': large })
  const silent = new Promise<boolean>(() => undefined)
  const cutter = await startCutter(store.port, (request, bytes) => isObject(request) && bytes > 50_000 && silent)
  t.teardown(() => cutter.close())
  const done = await run(t, { env: store.env(cutter.port), args: ['--timeout', '8'] })
  t.is(done.code, 124, done.stderr)
})

test.serial('keys that no landing folder could hold are refused', async t => {
  await deliver({ 'patient_intake_1.csv': header + line(1), 'deeper/patient_intake_2.csv': header + line(2) })
  const nested = await run(t)
  t.is(nested.code, 3)
  t.regex(
    nested.stderr,
    /Expected only plain files in s3:\/\/wards\/landing\/a\/intake\/20230501, found a folder: deeper/,
  )
  await deliver({ 'patient_intake_1.csv': header + line(1), 'other.csv': 'who,knows\n' })
  const unknown = await run(t)
  t.is(unknown.code, 3)
  t.regex(unknown.stderr, /Expected only files that intake declares, found 1 more in its landing folder: other\.csv/)
})

/** Runs a source that says when it is complete. */
async function runReady(t: ExecutionContext, source: string): Promise<Ended> {
  const { url } = await testDatabase(t)
  return run(t, { url, source, env: { CASELOAD_SOURCES: join(root, 'test/landing/sources') } })
}

const people = 'patient_id,name\nP1,Avery Sample\n'

test.serial('marker, manifest and quiet age hold for objects, too', async t => {
  for (const key of await store.keys()) await store.remove(key)
  const put = (source: string, name: string, body: string): Promise<void> =>
    store.put(`landing/a/${source}/20230501/${name}`, body)
  for (const source of ['quiet', 'restless', 'marked', 'listed']) await put(source, 'people_1.csv', people)
  const marked = await runReady(t, 'marked')
  t.is(marked.code, 4)
  t.regex(marked.stderr, /Expected the marker done_20230501\.flag in s3:\/\/wards\/landing\/a\/marked\/20230501/)
  const restless = await runReady(t, 'restless')
  t.is(restless.code, 4)
  t.regex(restless.stderr, /people_1\.csv came \d+ s ago/)
  await put('listed', 'manifest.json', '{"files": [{"name": "people_1.csv", "records": 2}]}')
  const listed = await runReady(t, 'listed')
  t.is(listed.code, 4)
  t.regex(listed.stderr, /Expected 2 records in listed\/20230501\/people_1\.csv/)
  await put('listed', 'manifest.json', '{"files": [{"name": "people_1.csv", "records": 1}]}')
  await put('marked', 'done_20230501.flag', 'done')
  for (const source of ['quiet', 'marked', 'listed']) {
    const done = await runReady(t, source)
    t.is(done.code, 0, done.stderr)
  }
})

test.serial('a landing root that is no place in a store: exit 2', async t => {
  for (const root of ['s3://', 's3://wards/../other', 's3://wards/a//b', 's3:wards', 's3://key:hush-hush@wards/a']) {
    t.is((await run(t, { root })).code, 2, root)
  }
})
