import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { caseload, ended, type Ended, root, start } from '../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'
import { until } from '../helpers/until.ts'

const env = { CASELOAD_SOURCES: join(root, 'test/landing/sources') }
const people = 'patient_id,name\nP1,Avery Sample\nP2,Blake Example\n'

interface Ward {
  readonly url: string
  readonly landing: string
  readonly write: (name: string, content: string) => void
  readonly run: () => Promise<Ended>
  readonly names: () => Promise<readonly unknown[]>
}

/** A landing of a source of these tests, and a database. */
async function ward(t: ExecutionContext, source: string): Promise<Ward> {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  return {
    url,
    landing: landing.root,
    write: (name, content) => {
      landing.write(`${source}/20230501/${name}`, content)
    },
    run: () => caseload(['run', source, '20230501', '--landing', landing.root], { url, env }),
    names: async () => (await rowsOf(url, 'select name from store.patients order by name')).map(row => row['name']),
  }
}

test('without its marker a batch is not complete, and the ledger says so', async t => {
  const { url, write, run, names } = await ward(t, 'marked')
  write('people_1.csv', people)
  const early = await run()
  t.is(early.code, 4, early.stderr)
  t.regex(early.stderr, /the marker done_20230501\.flag/)
  t.deepEqual(await rowsOf(url, 'select status from caseload.runs'), [{ status: 'incomplete' }])
  write('done_20230501.flag', '')
  const done = await run()
  t.is(done.code, 0, done.stderr)
  t.deepEqual(await names(), ['Avery Sample', 'Blake Example'])
})

test('while the marker is awaited, a file under a name of its own is no reason to refuse', async t => {
  const { write, run } = await ward(t, 'marked')
  write('people_1.csv', people)
  write('people_2.csv.filepart', 'patient_')
  const early = await run()
  t.is(early.code, 4, early.stderr)
  write('done_20230501.flag', '')
  const refused = await run()
  t.is(refused.code, 3, refused.stderr)
  t.regex(refused.stderr, /people_2\.csv\.filepart/)
})

test('a batch is complete once its files are those of the manifest', async t => {
  const { write, run, names } = await ward(t, 'listed')
  const list = (entry: Readonly<Record<string, unknown>>): void => {
    write('manifest.json', JSON.stringify({ files: [{ name: 'people_1.csv', ...entry }] }))
  }
  const expect = async (code: number, message: RegExp): Promise<void> => {
    const { code: found, stderr } = await run()
    t.is(found, code, stderr)
    t.regex(stderr, message)
  }
  write('people_1.csv', people)
  await expect(4, /the manifest manifest\.json/)
  list({ name: 'people_2.csv' })
  await expect(4, /awaited: people_2\.csv/)
  list({ bytes: 99 })
  await expect(4, new RegExp(`Expected 99 bytes in people_1\\.csv.* found ${people.length}\\.`))
  list({ records: 3 })
  await expect(4, /Expected 3 records in listed\/20230501\/people_1\.csv.* found 2\./)
  list({ sha256: createHash('sha256').update('other').digest('hex') })
  await expect(4, /Expected sha256/)
  list({ rows: 2 })
  await expect(3, /entry 1 of "files"/)
  t.deepEqual(await names(), [])
  list({ bytes: people.length, records: 2, sha256: createHash('sha256').update(people).digest('hex') })
  await expect(0, /^/)
  t.deepEqual(await names(), ['Avery Sample', 'Blake Example'])
})

test('a delivery that changed just now is not complete', async t => {
  const { write, run } = await ward(t, 'restless')
  write('people_1.csv', people)
  const early = await run()
  t.is(early.code, 4, early.stderr)
  t.regex(early.stderr, /no change in .* for 86400 s, but .* changed \d+ s ago/)
})

test('a delivery that is quiet for long enough is complete', async t => {
  const { write, run, names } = await ward(t, 'quiet')
  write('people_1.csv', people)
  await until(async () => {
    const { code, stderr } = await run()
    t.true(code === 0 || code === 4, stderr)
    return code === 0
  })
  t.deepEqual(await names(), ['Avery Sample', 'Blake Example'])
})

/** Runs a batch and changes its delivery when the files are read and the stage waits for a lock of ours. */
async function changedMeanwhile(t: ExecutionContext, change: (folder: string) => void): Promise<string> {
  const { url, landing, write, run, names } = await ward(t, 'marked')
  const folder = join(landing, 'marked/20230501')
  write('people_1.csv', people)
  write('people_2.csv', 'patient_id,name\nP3,Casey Placeholder\n')
  write('done_20230501.flag', '')
  const first = await run()
  t.is(first.code, 0, first.stderr)
  const before = await names()
  return withSession(url, async session => {
    await session.query('begin')
    await session.query('lock table only store.patients in access exclusive mode')
    const over = ended(start(['run', 'marked', '20230501', '--landing', landing], { url, env }))
    await until(async () => {
      const [waiting] = await rowsOf(
        url,
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      )
      return waiting !== undefined
    })
    change(folder)
    await session.query('rollback')
    const { code, stderr } = await over
    t.is(code, 3, stderr)
    t.deepEqual(await names(), before)
    return stderr
  })
}

test('a file that changes between start and publish fails the run', async t => {
  const stderr = await changedMeanwhile(t, folder => {
    appendFileSync(join(folder, 'people_1.csv'), 'P9,Late Arrival\n')
  })
  t.regex(stderr, /people_1\.csv/)
  t.notRegex(stderr, /Late Arrival/)
})

test('a file that vanishes between start and publish fails the run', async t => {
  const stderr = await changedMeanwhile(t, folder => {
    rmSync(join(folder, 'people_2.csv'))
  })
  t.regex(stderr, /people_2\.csv/)
})

test('a file that arrives between start and publish fails the run', async t => {
  const stderr = await changedMeanwhile(t, folder => {
    appendFileSync(join(folder, 'people_3.csv'), 'patient_id,name\nP9,Late Arrival\n')
  })
  t.regex(stderr, /new: marked\/20230501\/people_3\.csv/)
})

test('a marker that is taken back between start and publish fails the run', async t => {
  const stderr = await changedMeanwhile(t, folder => {
    rmSync(join(folder, 'done_20230501.flag'))
  })
  t.regex(stderr, /the marker done_20230501\.flag/)
})
