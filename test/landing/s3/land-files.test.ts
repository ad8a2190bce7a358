import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import test from 'ava'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { header, line, lines } from './store-scene.ts'
import { startCutter, startStore, type TestStore } from './store.ts'

let store: TestStore
const folder = mkdtempSync(join(tmpdir(), 'caseload-s3-files-'))

test.before(async () => {
  store = await startStore()
})
test.after.always(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})
test.beforeEach(async () => {
  for (const key of await store.keys()) await store.remove(key)
})

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const feed = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const land = (args: readonly string[], port?: number): Promise<Ended> =>
  caseload(['land', 'intake', ...args, '--landing', 's3://wards/a'], { env: store.env(port) })
const key = (day: string, path: string): string => `a/intake/${day}/${basename(path)}`

test.serial('files land as objects once, and a run loads them', async t => {
  const one = feed('patient_intake_1.csv', header + lines(3))
  const two = feed('patient_intake_2.csv', `${header}${line(4)}`)
  const empty = feed('patient_intake_3.csv', '')
  const first = await land(['2023-05-01', one, two, empty])
  t.is(first.code, 0, first.stderr)
  t.is(first.stdout.split('\n')[0], `Landed s3://wards/${key('20230501', one)} (SHA-256 ${hash(header + lines(3))})`)
  t.is(await store.text(key('20230501', one)), header + lines(3))
  await store.remove(key('20230501', empty))

  const again = await land(['2023-05-01', one, two, '--json'])
  t.is(again.code, 0, again.stderr)
  t.deepEqual(
    (JSON.parse(again.stdout) as readonly { copied: boolean }[]).map(({ copied }) => copied),
    [false, false],
  )
  const { url } = await testDatabase(t)
  const run = await caseload(['run', 'intake', '20230501', '--landing', 's3://wards/a'], { url, env: store.env() })
  t.is(run.code, 0, run.stderr)
  t.deepEqual(await rowsOf(url, 'select count(*)::int as n from store.visits'), [{ n: 4 }])
})

test.serial('another content is refused with both hashes, and then nothing lands', async t => {
  const one = feed('patient_intake_01052023.csv', 'one')
  const two = feed('patient_intake_02052023.csv', 'two')
  const pattern = ['--day-from', 'patient_intake_{ddMMyyyy}.csv']
  t.is((await land([...pattern, two])).code, 0)
  feed('patient_intake_02052023.csv', 'other')
  const refused = await land([...pattern, one, two])
  t.is(refused.code, 3)
  t.true(refused.stderr.includes(hash('two')) && refused.stderr.includes(hash('other')), refused.stderr)
  t.regex(refused.stderr, /in s3:\/\/wards\/a\/intake\/20230502: it has/)
  t.deepEqual(await store.keys(), [key('20230502', two)])
  t.is(await store.text(key('20230502', two)), 'two')
  t.is((await land(['2023-05-01', join(folder, 'patient_intake_nowhere.csv')])).code, 4)
  t.is((await land(['2023-05-01', one, feed('notes.txt', 'x')])).code, 2)
})

for (const [what, content, code] of [
  ['another content', 'theirs', 3],
  ['the same content', 'ours', 0],
] as const) {
  test.serial(`an object that comes between the look and the copy is not overwritten: ${what}`, async t => {
    const path = feed('patient_intake_1.csv', 'ours')
    let isListed = false
    const cutter = await startCutter(store.port, async request => {
      if (!isListed && request.includes('list-type=2')) {
        isListed = true
        await store.put(key('20230501', path), content)
      }
      return false
    })
    t.teardown(() => cutter.close())
    const done = await land(['2023-05-01', path], cutter.port)
    t.is(done.code, code, done.stderr)
    t.is(await store.text(key('20230501', path)), content)
    if (code === 0) t.regex(done.stdout, /^Unchanged /)
    else t.regex(done.stderr, /this file was not landed, and none behind it/)
    if (code === 3) t.true(done.stderr.includes(hash('theirs')) && done.stderr.includes(hash('ours')), done.stderr)
  })
}

test.serial('a connection that breaks is tried again, and the file lands whole', async t => {
  const text = header + lines(20_000)
  const path = feed('patient_intake_1.csv', text)
  let cuts = 0
  const cutter = await startCutter(store.port, request => request.startsWith('PUT ') && cuts++ === 0)
  t.teardown(() => cutter.close())
  const done = await land(['2023-05-01', path], cutter.port)
  t.is(done.code, 0, done.stderr)
  t.is(cuts, 2)
  t.is(await store.text(key('20230501', path)), text)
})

test.serial('a file that changes after it was hashed leaves no object', async t => {
  const path = feed('patient_intake_1.csv', 'before')
  const there = feed('patient_intake_2.csv', 'there')
  await store.put(key('20230501', there), 'there')
  // All files are hashed and compared before one is copied.
  const cutter = await startCutter(store.port, request => {
    if (request.startsWith('GET ') && request.includes('patient_intake_2.csv')) writeFileSync(path, 'behind')
    return false
  })
  t.teardown(() => cutter.close())
  const done = await land(['2023-05-01', path, there], cutter.port)
  t.is(done.code, 1)
  t.regex(done.stderr, /patient_intake_1\.csv changed while it was copied; it was not landed/)
  t.deepEqual(await store.keys(), [key('20230501', there)])
})
