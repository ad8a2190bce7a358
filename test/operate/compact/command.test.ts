import test from 'ava'
import { caseload } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { patient, testLanding } from '../../helpers/landing.ts'
import { disorder, leavesOf, seen, source, without } from './batches.ts'

test('caseload compact merges what caseload run made, and a later run of a day replaces that day', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const runDay = async (day: string, name: string): Promise<string> => {
    const drugs = [{ drug: 'Metformin', dose: '500 mg' }]
    landing.write(`${source}/${day}/visit_events.json`, JSON.stringify([patient('P1', name, drugs)]))
    const done = await caseload(['run', source, day, '--landing', landing.root], { url })
    t.is(done.code, 0, done.stderr)
    return done.stderr
  }
  const compact = ['compact', source, '--before', '20230601']
  t.like(await caseload(compact, { url }), { code: 2 }, 'a source that never ran')
  for (const day of ['20230501', '20230502', '20230601']) await runDay(day, 'old')
  const before = await seen(url)

  const dry = await caseload([...compact, '--dry-run'], { url })
  t.is(dry.code, 0, dry.stderr)
  t.regex(dry.stdout, /^Would merge months of source_a:\n.*month .*leaves before.*\n[^]*2023-05 +4 +8 +4 +8/)
  const merged = await caseload(compact, { url })
  t.is(merged.code, 0, merged.stderr)
  t.regex(merged.stdout, /^Merged months of source_a:\n[^]*2023-05 +4 +8 +4 +8/)
  t.deepEqual(await seen(url), before)
  t.true((await leavesOf(url)).includes('visits 2023-05-01..2023-06-01'))
  t.regex((await caseload(compact, { url })).stdout, /^1 month has no table with two leaves or more: nothing to merge/)

  t.regex(await runDay('20230502', 'new'), /lies in a merged month: split into .* \(8 leaves\)/)
  t.deepEqual(without(await seen(url), '05-02'), without(before, '05-02'))
  t.deepEqual(await rowsOf(url, 'select batch_date, name from store.patients order by 1'), [
    { batch_date: '2023-05-01', name: 'old' },
    { batch_date: '2023-05-02', name: 'new' },
    { batch_date: '2023-06-01', name: 'old' },
  ])
  t.deepEqual(await disorder(url), [])

  await runDay('20230602', 'old')
  const upToJuly = ['compact', source, '--before', '20230715']
  const held = await withSession(url, async session => {
    await session.query("select pg_advisory_lock(caseload.batch_key($1, '2023-06-02'))", [source])
    return caseload([...upToJuly, '--json'], { url })
  })
  t.is(held.code, 75, held.stderr)
  t.regex(held.stderr, /2023-06-02 is locked/)
  const told = JSON.parse(held.stdout) as Record<string, unknown>
  t.deepEqual(told, {
    source,
    before: '2023-07-15',
    dryRun: false,
    months: [{ month: '2023-05', tables: 4, leaves: 8, rows: 8 }],
  })
  const dryJuly = await caseload([...upToJuly, '--dry-run'], { url })
  t.regex(dryJuly.stdout, /2023-06 +4 +8 [^]*\n2023-07 is not merged: it does not end before 2023-07-15\.\n$/)
})
