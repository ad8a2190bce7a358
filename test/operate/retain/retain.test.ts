import test from 'ava'
import { retain } from '../../../pipelines/operate/retain/retain.ts'
import { rowsOf, withSession } from '../../helpers/database.ts'
import { makePlace, type Place } from '../queue/place.ts'

/** One source with a day of three versions, as of 100 days ago, of which each has a row in quarantine. */
async function threeVersions(place: Place): Promise<void> {
  for (const name of ['Avery One', 'Avery Two', 'Avery Three']) {
    place.deliver(1, name)
    await place.call('run', 'source_a', '20230501', '--keep', '5')
  }
  await rowsOf(
    place.url,
    `insert into caseload.quarantine_rows (run_id, table_name, file, record_no, rule, reason)
     select run_id, 'patients', 'f', 1, 'required', 'r' from caseload.runs`,
  )
  await age(place, '100 days')
}

const age = (place: Place, by: string): Promise<unknown> =>
  rowsOf(
    place.url,
    `update caseload.runs
     set started_at = started_at - $1::interval, ended_at = ended_at - $1::interval, published_at = published_at - $1::interval`,
    [by],
  )

const states = async (place: Place): Promise<unknown> =>
  (
    await rowsOf(
      place.url,
      `select r.status, t.state, (select count(*) from caseload.quarantine_rows as q where q.run_id = r.run_id) as rejected
       from caseload.runs as r left join caseload.tables as t on t.run_id = r.run_id and t.table_name = 'patients'
       order by r.started_at`,
    )
  ).map(row => `${String(row['status'])} ${String(row['state'])} ${String(row['rejected'])}`)

const all = ['retain', '--quarantine', '90d', '--kept', '30d', '--runs', '3m'] as const

test('without --yes it says what would go and removes nothing; with it, that goes, and what is published stays', async t => {
  const place = await makePlace(t)
  await threeVersions(place)
  const before = ['replaced kept 1', 'replaced kept 1', 'published published 1']
  const rows = (): Promise<unknown> => rowsOf(place.url, 'select name, batch_date from store.patients')
  const published = await rows()
  const dry = await place.call(...all, '--json')
  t.deepEqual(JSON.parse(dry.stdout), {
    removed: false,
    batches: [{ source: 'source_a', date: '2023-05-01', rejected_rows: 3, versions: 2, runs: 0 }],
    left: [],
  })
  t.deepEqual(await states(place), before)
  t.regex((await place.call(...all)).stdout, /Of 1 batch\. Nothing was removed; add --yes to remove it\./)
  t.like(await place.call(...all, '--yes'), { code: 0 })
  t.deepEqual(await states(place), ['replaced dropped 0', 'replaced dropped 0', 'published published 0'])
  t.deepEqual(await rowsOf(place.url, `select from pg_tables where schemaname = 'caseload_kept'`), [])
  // Their versions are gone, so the runs hold nothing any more.
  t.like(await place.call(...all, '--yes'), { code: 0 })
  t.deepEqual(await states(place), ['published published 0'])
  t.deepEqual(await rows(), published)
  t.is((await place.call(...all, '--yes')).stdout, 'Nothing is so old.\n')
  t.deepEqual((await place.call('status', '--json', '--to', '2023-05-01')).stdout.match(/"state": "\w+"/g), [
    '"state": "published"',
  ])
})

test('what is younger than its age stays: a version counts from the day on which it was replaced', async t => {
  const place = await makePlace(t)
  await threeVersions(place)
  place.deliver(1, 'Avery Four')
  await place.call('run', 'source_a', '20230501', '--keep', '5')
  t.like(await place.call('retain', '--kept', '30d', '--yes'), { code: 0 })
  t.deepEqual(await states(place), [
    'replaced dropped 0',
    'replaced dropped 0',
    'replaced kept 1',
    'published published 0',
  ])
  t.like(await place.call('rollback', 'source_a', '20230501'), { code: 0 })
})

test('the version of an unpublished batch stays, because its pin needs it', async t => {
  const place = await makePlace(t)
  await threeVersions(place)
  await place.call('unpublish', 'source_a', '20230501', '--reason', 'a wrong file')
  await age(place, '400 days')
  t.like(await place.call('retain', '--kept', '30d', '--runs', '30d', '--yes'), { code: 0 })
  const { code, stderr } = await place.call('rollback', 'source_a', '20230501')
  t.is(code, 0, stderr)
})

test('a run stays that is the newest of its batch, that the marts hold, or that has rows in quarantine', async t => {
  const place = await makePlace(t)
  for (const name of ['Avery One', 'Avery Two']) {
    place.deliver(1, name)
    await place.call('run', 'source_a', '20230501', '--keep', '0')
  }
  place.landing.write('source_a/20230502/visit_events.json', '[{')
  for (let i = 0; i < 2; i++) await place.call('run', 'source_a', '20230502')
  await age(place, '3 years')
  await rowsOf(
    place.url,
    `insert into caseload.mart_runs (run_id, source, batch_date)
     select run_id, source, batch_date from caseload.runs where status = 'replaced'`,
  )
  const left = async (): Promise<unknown> =>
    (await rowsOf(place.url, 'select status from caseload.runs order by started_at')).map(row => row['status'])
  t.deepEqual(await left(), ['replaced', 'published', 'refused', 'refused'])
  t.like(await place.call('retain', '--runs', '2y', '--yes'), { code: 0 })
  t.deepEqual(await left(), ['replaced', 'published', 'refused'])
  t.regex((await place.call('status', '--problems', '--to', '2023-05-02')).stdout, /source_a 2023-05-02: refused/)
  await rowsOf(place.url, 'delete from caseload.mart_runs')
  await rowsOf(
    place.url,
    `insert into caseload.quarantine_rows (run_id, table_name, file, record_no, rule, reason)
     select run_id, 'patients', 'f', 1, 'required', 'r' from caseload.runs where status = 'replaced'`,
  )
  t.like(await place.call('retain', '--runs', '2y', '--yes'), { code: 0 })
  t.deepEqual(await left(), ['replaced', 'published', 'refused'])
  t.like(await place.call('retain', '--runs', '2y', '--quarantine', '2y', '--yes'), { code: 0 })
  t.like(await place.call('retain', '--runs', '2y', '--yes'), { code: 0 })
  t.deepEqual(await left(), ['published', 'refused'])
})

test('a batch that another command works on is left for the next call', async t => {
  const place = await makePlace(t)
  await threeVersions(place)
  const ages = { quarantine: '90 days', kept: undefined, runs: undefined }
  await withSession(place.url, async holder => {
    await holder.query(`select pg_advisory_lock(caseload.batch_key('source_a', '2023-05-01'))`)
    const { batches, left } = await withSession(place.url, session => retain(session, ages))
    t.deepEqual([batches, left.map(one => one.what)], [[], ['source_a 2023-05-01']])
  })
  t.is((await withSession(place.url, session => retain(session, ages))).batches.length, 1)
})

test('an age that is none, or no age at all, is refused', async t => {
  const place = await makePlace(t)
  t.like(await place.call('retain', '--yes'), { code: 2 })
  t.like(await place.call('retain', '--runs', '0d', '--yes'), { code: 2 })
  t.like(await place.call('retain', '--runs', '90', '--yes'), { code: 2 })
})
