import { createHash } from 'node:crypto'
import test from 'ava'
import { type CallOptions, type Ended, ended, start } from '../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../helpers/landing.ts'
import { ampleTimeout } from '../helpers/limit.ts'

const secret = 'Zyxwvut Secretname'
const good = JSON.stringify([patient('P1', 'Avery Sample', [{ drug: 'Metformin', dose: '500 mg' }])])
const runArgs = ['run', 'source_a', '20230501'] as const

/** Each call is a process: its exit code is what a caller gets. */
const caseload = (args: readonly string[], options: CallOptions): Promise<Ended> => ended(start(args, options))

/** A hash of what readers see. */
async function published(url: string): Promise<string> {
  const rows = await rowsOf(url, 'select * from store.patients, store.treatments order by 1, 2')
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex')
}

const lastRun = async (url: string): Promise<Record<string, unknown> | undefined> =>
  (
    await rowsOf(url, 'select status, error_class, error_message from caseload.runs order by started_at desc limit 1')
  )[0]

test('0: a batch is published, and published again when nothing changed', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, good)
  for (const date of ['20230501', '2023-05-01']) {
    const done = await caseload(['run', 'source_a', date, '--landing', landing.root], { url })
    t.is(done.code, 0, done.stderr)
    t.regex(done.stdout, /Published source_a 2023-05-01: 1 record of 1 file/)
  }
  t.is((await rowsOf(url, 'select * from store.patients')).length, 1)
  t.deepEqual(await rowsOf(url, 'select status, count(*) as n from caseload.runs group by status order by status'), [
    { status: 'published', n: 1 },
    { status: 'replaced', n: 1 },
  ])
})

test('2: unknown sources, options and commands, and impossible dates, are usage errors that list what is known', async t => {
  const { url } = await testDatabase(t)
  const unknown = await caseload(['run', 'source_z', '20230501'], { url })
  t.is(unknown.code, 2)
  t.regex(unknown.stderr, /source_a, source_b/)
  for (const date of ['20230230', '2023-5-1', '20231301', '2023-0501', 'tomorrow', '20230501x']) {
    const wrong = await caseload(['run', 'source_a', date], { url })
    t.is(wrong.code, 2, date)
    t.regex(wrong.stderr, /2023-05-01/)
  }
  t.is((await caseload(['run', 'Source-A', '20230501'], { url })).code, 2)
  t.is((await caseload([...runArgs, '--no-such-option'], { url })).code, 2)
  t.regex((await caseload(['rum', 'source_a', '20230501'], { url })).stderr, /no command "rum".*The commands are run/)
  t.is((await caseload(['run', 'source_a'], { url })).code, 2)
  t.is((await caseload([...runArgs, '--timeout', 'soon'], { url })).code, 2)
  for (const env of [{ CASELOAD_MEMORY: 'much' }, { CASELOAD_SOURCES: '/nowhere' }]) {
    t.is((await caseload([...runArgs], { url, env })).code, 2)
  }
  t.is((await caseload([...runArgs], { url: 'garbage' })).code, 2)
  const work = await caseload([...runArgs], { url, env: { CASELOAD_WORK: '/nowhere' } })
  t.is(work.code, 2)
  t.regex(work.stderr, /CASELOAD_WORK/)
  t.is((await caseload(['status', 'source_z'], { url })).code, 2)
  t.is((await caseload(['status', '--from', '20230502', '--to', '20230501'], { url })).code, 2)
  t.is((await caseload(['sql', '--csv', '--json', 'select 1'], { url })).code, 2)
  t.deepEqual(await rowsOf(url, 'select error_class from caseload.runs'), [{ error_class: 'UsageError' }])
})

test('4: a missing folder and a missing file are no input, and the ledger says so', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const noFolder = await caseload([...runArgs, '--landing', landing.root], { url })
  t.is(noFolder.code, 4)
  t.regex(noFolder.stderr, /landing folder .*source_a\/20230501/)
  landing.write('source_a/20230501/.keep', '')
  const noFile = await caseload([...runArgs], { url, env: { CASELOAD_LANDING: landing.root } })
  t.is(noFile.code, 4)
  t.regex(noFile.stderr, /visit_events\.json/)
  t.like(await lastRun(url), { status: 'incomplete', error_class: 'MissingInputError' })
  const noRoot = await caseload([...runArgs, '--landing', '/nowhere'], { url })
  t.is(noRoot.code, 4)
  t.regex(noRoot.stderr, /landing root at \/nowhere/)
})

const refusals: Readonly<Record<string, { readonly content: string; readonly says: RegExp }>> = {
  'not JSON': { content: `this is ${secret}`, says: /4 of 4 rows of visit_events/ },
  'cut off': { content: good.slice(0, -20), says: /record 1.*middle of a record/ },
  'no records': { content: '[]', says: /found none.*empty = 'allow'/ },
  'an unknown field': {
    content: JSON.stringify([{ patient_id: 'P1', name: secret, visits: [], extra: secret }]),
    says: /found 1 more: extra\./,
  },
  'more bad rows than allowed': {
    content: JSON.stringify([patient('P1', secret), { name: secret, visits: [] }, patient('P3', `${secret}\0`)]),
    says: /2 of 3 rows of patients.*quarantine ls --run [0-9a-f]{8}/,
  },
}

for (const [what, { content, says }] of Object.entries(refusals)) {
  test(`3: ${what} is refused, readers keep what they had, and no value is printed`, async t => {
    const { url } = await testDatabase(t)
    const landing = testLanding(t)
    landing.write(eventsFile, good)
    t.is((await caseload([...runArgs, '--landing', landing.root], { url })).code, 0)
    const before = await published(url)
    landing.write(eventsFile, content)
    const refused = await caseload([...runArgs, '--landing', landing.root, '--max-bad-rows', '0'], { url })
    t.is(refused.code, 3, refused.stderr)
    t.regex(refused.stderr, says)
    t.false(`${refused.stderr}${refused.stdout}`.includes(secret))
    t.is(await published(url), before)
    const run = await lastRun(url)
    t.like(run, { status: 'refused', error_class: 'RefusedError' })
    t.false(JSON.stringify(run).includes(secret))
    t.deepEqual(
      await rowsOf(url, `select relname from pg_class where relnamespace = 'caseload_stage'::regnamespace`),
      [],
    )
  })
}

test('3: a batch without a good row is refused, whatever the bad-row limit', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([{ name: secret, visits: [] }]))
  const refused = await caseload([...runArgs, '--landing', landing.root, '--max-bad-rows', '100%'], { url })
  t.is(refused.code, 3)
  t.regex(refused.stderr, /none of the 1 row offered.*empty = 'allow'/)
})

test('bad rows: few go to quarantine, more than 5 % and more than 10 refuse the batch, and a flag changes the limit', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const run = async (bad: number, ...flags: readonly string[]): Promise<number | null> => {
    const broken = Array.from({ length: bad }, () => ({ name: secret, visits: [] }))
    const fine = Array.from({ length: 100 - bad }, (_, index) => patient(`P${index}`, 'Avery Sample'))
    landing.write(eventsFile, JSON.stringify([...fine, ...broken]))
    return (await caseload([...runArgs, '--landing', landing.root, ...flags], { url })).code
  }
  t.is(await run(10), 0)
  t.is(await run(11), 3)
  t.is(await run(11, '--max-bad-rows', '11'), 0)
  t.is(await run(11, '--max-bad-rows', '11%'), 0)
  t.is(await run(11, '--max-bad-rows', '10%'), 3)
  t.is(await run(1, '--max-bad-rows', '0'), 3)
  t.is(await run(1, '--max-bad-rows', 'few'), 2)
  t.is(await run(1, '--max-bad-rows', '101%'), 2)
})

test('1: the messages for no server and a wrong password name what to check, without the password', async t => {
  const nobody = await caseload([...runArgs], { url: 'postgresql://u:hunter2@127.0.0.1:9/none' })
  t.is(nobody.code, 1)
  t.regex(nobody.stderr, /DATABASE_URL/)
  t.false(nobody.stderr.includes('hunter2'))
})

test('75: a second run of the same batch names the run that locks it', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, good)
  await withSession(url, async session => {
    await session.query(`set application_name = 'caseload source_a 2023-05-01 11111111'`)
    await session.query(`select pg_advisory_lock(caseload.batch_key('source_a', '2023-05-01'))`)
    await session.query(`insert into caseload.runs (run_id, source, batch_date, code_version, host, process_id)
      values ('11111111-2222-4333-8444-555555555555', 'source_a', '2023-05-01', '0', 'elsewhere', 42)`)
    const second = await caseload([...runArgs, '--landing', landing.root], { url })
    t.is(second.code, 75)
    t.regex(second.stderr, /11111111-2222-4333-8444-555555555555.*process 42 on elsewhere/)
    landing.write('source_a/20230502/visit_events.json', good)
    const other = await caseload(['run', 'source_a', '20230502', '--landing', landing.root], { url })
    t.is(other.code, 0, other.stderr)
  })
})

/** Delays the publish with a reader's lock on the table's parent. */
async function whilePublishWaits(url: string, work: () => Promise<void>): Promise<void> {
  await withSession(url, async session => {
    await session.query('begin')
    await session.query(`select count(*) from store.patients where source = 'source_a'`)
    await work()
    await session.query('rollback')
  })
}

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`${code}: ${signal} in the middle rolls back and the ledger says aborted`, async t => {
    const { url } = await testDatabase(t)
    const landing = testLanding(t)
    landing.write(eventsFile, good)
    t.is((await caseload([...runArgs, '--landing', landing.root], { url })).code, 0)
    const before = await published(url)
    landing.write(eventsFile, JSON.stringify([patient('P9', 'Blake Example')]))
    await whilePublishWaits(url, async () => {
      const child = start([...runArgs, '--landing', landing.root], { url })
      child.stderr?.on('data', chunk => {
        if (String(chunk).includes('publish')) child.kill(signal)
      })
      const stopped = await ended(child)
      t.is(stopped.code, code, stopped.stderr)
    })
    t.is(await published(url), before)
    t.like(await lastRun(url), { status: 'aborted', error_class: 'AbortedError' })
    t.deepEqual(
      await rowsOf(url, `select relname from pg_class where relnamespace = 'caseload_stage'::regnamespace`),
      [],
    )
  })
}

test('99: a backfill with nothing to do exits with --skip-exit-code, with --dry-run, too', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const rehearse = async (...more: readonly string[]): Promise<number | null> => {
    const words = ['backfill', 'source_a', '--landing', landing.root, '--dry-run', '--skip-exit-code', '99']
    return (await caseload([...words, ...more], { url })).code
  }
  t.is(await rehearse(), 99)
  landing.write(eventsFile, good)
  t.is(await rehearse(), 0)
  const absent = ['--from', '20230502', '--to', '20230502']
  t.is(await rehearse(...absent), 99)
  t.is(await rehearse(...absent, '--strict'), 1, 'without --dry-run it would fail')
})

test('124: a run that exceeds its timeout is rolled back', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, good)
  const limit = await ampleTimeout(async () => {
    t.is((await caseload([...runArgs, '--landing', landing.root], { url })).code, 0)
  })
  const before = await published(url)
  await whilePublishWaits(url, async () => {
    const late = await caseload([...runArgs, '--landing', landing.root, '--timeout', limit], { url })
    t.is(late.code, 124, late.stderr)
    const waited =
      /It waited for table store\.patients_source_a, held by session \d+ \(.*role [^,]*, idle in transaction, for \d+ s\)\. Call/
    t.regex(late.stderr.trimEnd().split('\n').at(-1) ?? '', waited)
    t.notRegex(late.stderr, /select count/, 'a query may hold a value')
    const run = await lastRun(url)
    t.like(run, { status: 'aborted', error_class: 'TimeoutError' })
    t.regex(String(run?.['error_message']), waited)
  })
  t.is(await published(url), before)
})
