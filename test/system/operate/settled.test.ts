import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { patient, testLanding } from '../../helpers/landing.ts'
import { namesSeen } from '../../publish/batches.ts'

test('what a morning needs: problems with a command, dismiss ends them and retry, unpublish takes a source away', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const deliver = (day: string, text: string): void => {
    landing.write(`source_a/${day}/visit_events.json`, text)
  }
  const call = (...args: readonly string[]): Promise<Ended> =>
    caseload([...args], { url, env: { CASELOAD_LANDING: landing.root } })
  const problems = ['status', '--problems', '--to', '2023-05-02']
  deliver('20230501', JSON.stringify([patient('P1', 'first')]))
  deliver('20230502', '[')
  t.is((await call('backfill', 'source_a')).code, 1)

  const told = await call(...problems)
  t.is(told.code, 1)
  t.regex(
    told.stdout,
    /^source_a 2023-05-02: refused \(.*\); when .* is corrected: caseload run source_a 2023-05-02\n$/,
  )
  t.regex(told.stderr, /1 batch needs attention\.\n$/)
  rmSync(join(landing.root, 'source_a/20230502'), { recursive: true })
  const retry = await call('retry')
  t.is(retry.code, 1)
  t.regex(retry.stdout + retry.stderr, /caseload dismiss/)
  t.like(await call('dismiss', 'source_a', '2023-05-02', '--reason', 'the ward was closed'), { code: 0 })
  const again = await call('retry', '--json')
  t.is(again.code, 0, again.stderr)
  t.regex(again.stdout, /"outcome": ?"skipped"/)
  t.regex(again.stdout, /dismissed by \S+ on [\d-]+: the ward was closed/)
  const silent = await call(...problems)
  t.deepEqual([silent.code, silent.stdout, silent.stderr], [0, '', ''])

  const gap = await call('status', '--problems', '--to', '2023-05-05')
  t.regex(
    gap.stdout,
    /^source_a 2023-05-03 \.\. 2023-05-05: overdue \(3 days\); .* --to 2023-05-05 --reason '\.\.\.'\n$/,
  )
  const range = ['dismiss', 'source_a', '2023-05-03', '--to', '2023-05-05', '--reason', 'a long weekend']
  const settled = await call(...range, '--json')
  t.deepEqual(
    (JSON.parse(settled.stdout) as { date: string }[]).map(one => one.date),
    ['2023-05-03', '2023-05-04', '2023-05-05'],
  )
  const none = await call(...range)
  t.is(none.code, 2)
  t.regex(none.stderr, /from 2023-05-03 to 2023-05-05 that need attention, found none/)
  t.like(await call('dismiss', 'source_a', '2023-05-03', '--to', '2023-05-01', '--reason', 'x'), { code: 2 })
  const table = await call('status', '--to', '2023-05-05')
  t.regex(table.stdout, /2023-05-03 \.\. 2023-05-05 +dismissed \(3 days\).*a long weekend\n/)

  const asked = await call('unpublish', 'source_a', '--reason', 'contract ended')
  t.is(asked.code, 2)
  t.regex(asked.stdout, /^source_a 2023-05-01 {2}\d+ rows\n$/)
  t.regex(asked.stderr, /1 batch with \d+ rows would leave the tables.*Add --yes/)
  t.deepEqual(await namesSeen(url), ['first'])
  const gone = await call('unpublish', 'source_a', '--reason', 'contract ended', '--yes')
  t.is(gone.code, 0, gone.stderr)
  t.deepEqual(await namesSeen(url), [])
  const pinned = await call('status', '--problems', '--to', '2023-05-01')
  t.is(pinned.code, 0, pinned.stderr)
  t.regex(
    pinned.stdout,
    /^note: source_a 2023-05-01: pinned \(.*contract ended\); a backfill .* load it: caseload run source_a 2023-05-01\n$/,
  )
  t.like(await call('run', 'source_a', '2023-05-01'), { code: 0 })
  t.deepEqual(await namesSeen(url), ['first'])
  t.like(await call('status', '--problems', '--to', '2023-05-01'), { code: 0, stdout: '' })
})

test('a refused day of a source whose code is gone can be settled; a name that never ran is unknown', async t => {
  const { url } = await testDatabase(t)
  const call = (...args: readonly string[]): Promise<Ended> => caseload([...args], { url })
  await rowsOf(
    url,
    `insert into caseload.runs (run_id, source, batch_date, status, code_version, host, process_id)
     values (gen_random_uuid(), 'gone', '2023-05-01', 'refused', '', '', 0)`,
  )
  const settled = await call('dismiss', 'gone', '2023-05-01', '--reason', 'the feed ended')
  t.is(settled.code, 0, settled.stderr)
  t.regex((await call('runs', 'gone')).stdout, /the feed ended/)
  const unknown = await call('dismiss', 'mistyped', '2023-05-01', '--reason', 'x')
  t.is(unknown.code, 2)
  t.regex(unknown.stderr, /Expected known sources, found mistyped/)
})

test('status --problems notes what is stale, and a landing root that is gone is a problem before a day is overdue', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const deliver = (day: string, name: string): void => {
    landing.write(`source_a/${day}/visit_events.json`, JSON.stringify([patient('P1', name)]))
  }
  const env = { CASELOAD_LANDING: landing.root }
  const problems = ['status', '--problems', '--to', '2023-05-03']
  const call = (...args: readonly string[]): Promise<Ended> => caseload([...args], { url, env })
  for (const day of ['20230501', '20230502', '20230503']) deliver(day, 'first')
  t.is((await call('backfill', 'source_a')).code, 0)
  t.like(await call(...problems), { code: 0, stdout: '' })

  for (const day of ['20230501', '20230502']) deliver(day, 'first, corrected')
  landing.write('source_a/20230503/late.json', '[]')
  const noted = await call(...problems)
  t.like(noted, { code: 0, stderr: '' })
  t.deepEqual(noted.stdout.split('\n'), [
    'note: source_a 2023-05-01 .. 2023-05-02: stale (2 batches; files changed: changed visit_events.json); to load again: ' +
      'caseload backfill source_a --from 2023-05-01 --to 2023-05-02 --reprocess stale',
    'note: source_a 2023-05-03: stale (files changed: added late.json); to load again: ' +
      'caseload backfill source_a --from 2023-05-03 --to 2023-05-03 --reprocess stale',
    '',
  ])
  const entries = JSON.parse((await call(...problems, '--json')).stdout) as Readonly<Record<string, unknown>>[]
  t.deepEqual(
    entries.map(one => [one['batch_date'], one['state'], one['problem']]),
    ['2023-05-01', '2023-05-02', '2023-05-03'].map(day => [day, 'stale', false]),
  )
  rmSync(join(landing.root, 'source_a/20230503/late.json'))
  const [, command = ''] = noted.stdout.split('to load again: caseload ')
  t.is((await call(...(command.split('\n')[0] ?? '').split(' '))).code, 0)
  t.like(await call(...problems), { code: 0, stdout: '' })

  rmSync(join(landing.root, 'source_a'), { recursive: true })
  const empty = await call(...problems)
  t.is(empty.code, 0, empty.stderr)
  t.regex(
    empty.stdout,
    /^note: landing root: Expected folders of sources in .*, found none; is it mounted\?: caseload doctor\n$/,
  )
  rmSync(landing.root, { recursive: true })
  const gone = await call(...problems)
  t.is(gone.code, 1)
  t.regex(
    gone.stdout,
    /^landing root: cannot be listed \(Expected a landing root at .*\); no delivery can .*: caseload doctor\n$/,
  )
  t.regex(gone.stderr, /The landing root cannot be listed\.\n$/)
  // A machine that has no landing root of its own looks at the ledger.
  const elsewhere = await caseload(problems, { url, env: { CASELOAD_LANDING: '' }, cwd: tmpdir() })
  t.like(elsewhere, { code: 0, stdout: '' })
})

test('a dismissed day that is delivered later is named by status and backfill, until it is dismissed again or loaded', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const deliver = (day: string, name: string): void => {
    landing.write(`source_a/${day}/visit_events.json`, JSON.stringify([patient('P1', name)]))
  }
  const call = (...args: readonly string[]): Promise<Ended> =>
    caseload([...args], { url, env: { CASELOAD_LANDING: landing.root } })
  const problems = ['status', '--problems', '--to', '2023-05-03']
  const dismissed = ['dismiss', 'source_a', '2023-05-02', '--reason', 'the ward was closed']
  deliver('20230501', 'first')
  deliver('20230503', 'third')
  t.is((await call('backfill', 'source_a')).code, 0)
  t.is((await call(...dismissed)).code, 0)
  t.deepEqual((await call(...problems)).stdout, '')
  t.regex((await call('plan', 'source_a')).stdout, / dismissed +dismissed by [^;\n]*: the ward was closed\n/)

  deliver('20230502', 'second')
  const told = await call(...problems)
  t.is(told.code, 1)
  t.regex(
    told.stdout,
    /^source_a 2023-05-02: dismissed by .*: the ward was closed; delivered since; dismiss it again, or load it: caseload run source_a 2023-05-02\n$/,
  )
  const states = JSON.parse((await call('status', '--json')).stdout) as { batch_date: string; problem: boolean }[]
  t.deepEqual(
    states.filter(one => one.batch_date <= '2023-05-03').map(one => one.problem),
    [false, true, false],
  )
  const idle = await call('backfill', 'source_a', '--to', '2023-05-03')
  t.is(idle.code, 0, idle.stderr)
  t.regex(
    idle.stdout,
    /3 skipped \(1 dismissed and delivered since\)\.\nTo load .*: caseload run source_a 2023-05-02\n$/,
  )
  t.regex((await call('plan', 'source_a')).stdout, /; delivered since, and skipped until caseload run loads it\n/)

  t.is((await call(...dismissed)).code, 0)
  t.is((await call(...problems)).stdout, '')
  deliver('20230502', 'second, corrected')
  t.is((await call(...problems)).code, 1)
  t.is((await call('run', 'source_a', '2023-05-02')).code, 0)
  t.is((await call(...problems)).stdout, '')
})

test('a day that may still be delivered is not dismissed, unless a run of it failed', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const call = (...args: readonly string[]): Promise<Ended> =>
    caseload([...args], { url, env: { CASELOAD_LANDING: landing.root } })
  const settle = (date: string): Promise<Ended> => call('dismiss', 'source_a', date, '--reason', 'closed')
  for (const date of ['2999-01-01', new Date().toISOString().slice(0, 10)]) {
    const refused = await settle(date)
    t.is(refused.code, 2, refused.stderr)
    t.regex(
      refused.stderr,
      new RegExp(`found ${date} of source_a.* last day that may be dismissed now is (\\d{4}-\\d\\d-\\d\\d)\\.`),
    )
    const [, last = ''] = /now is (.*)\./.exec(refused.stderr) ?? []
    t.is((await settle(last)).code, 0)
  }
  landing.write('source_a/29990101/visit_events.json', '[')
  t.is((await call('run', 'source_a', '2999-01-01', '--allow-future')).code, 3)
  t.is((await settle('2999-01-01')).code, 0)
})
