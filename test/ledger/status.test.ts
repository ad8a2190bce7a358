import test from 'ava'
import { batchStates, ledgerAlone } from '../../pipelines/ledger/status.ts'
import { readSql } from '../../pipelines/platform/sql.ts'
import { testDatabase, withSession } from '../helpers/database.ts'

const runs = `insert into caseload.runs
  (run_id, source, batch_date, status, code_version, host, process_id, error_class, error_message)
  select gen_random_uuid(), 'ward', batch_date::date, status, '', '', 0, error_class, error_message
  from (values
    ('2023-05-01', 'refused', 'RefusedError', 'Expected 2 columns, found 3.'),
    ('2023-05-02', 'incomplete', 'MissingInputError', 'Expected people.csv, found no such file.'),
    ('2023-05-03', 'failed', 'DatabaseError', 'The server is full.'),
    ('2023-05-04', 'aborted', 'AbortedError', 'Stopped by SIGTERM.'),
    ('2023-05-05', 'running', null, null)
  ) as ended (batch_date, status, error_class, error_message)`

test('a batch that is not published says why, by the message of its newest run', async t => {
  const { url } = await testDatabase(t)
  const states = await withSession(url, async session => {
    await session.query(
      `insert into caseload.sources (source, transformer, class, zone, schedule)
       values ('ward', 'ward', 'Ward', 'UTC', 'irregular')`,
    )
    await session.query(runs)
    const window = { sources: [], from: undefined, to: undefined, now: new Date('2023-05-07') }
    return batchStates(session, window, {
      ...ledgerAlone,
      staleness: () => Promise.reject(new Error('nothing is published')),
    })
  })
  t.deepEqual(
    states.map(one => [one.batch_date, one.state, one.reason]),
    [
      ['2023-05-01', 'refused', 'Expected 2 columns, found 3.'],
      ['2023-05-02', 'incomplete', 'Expected people.csv, found no such file.'],
      ['2023-05-03', 'failed', 'The server is full.'],
      ['2023-05-04', 'aborted', 'Stopped by SIGTERM.'],
      // Nobody holds its lock: it was killed.
      ['2023-05-05', 'aborted', 'its process ended before the run did'],
    ],
  )
})

test('a plan that is under way hides no failed batch, neither from status nor from retry', async t => {
  const { url } = await testDatabase(t)
  const found = await withSession(url, async session => {
    await session.query(
      `insert into caseload.runs (run_id, source, batch_date, status, code_version, host, process_id, compares, started_at)
       select gen_random_uuid(), 'ward', '2023-05-01', status, '', '', 0, compares, started_at::timestamptz
       from (values ('failed', false, '2023-05-02'), ('running', true, '2023-05-03')) as r (status, compares, started_at)`,
    )
    await session.query(`select pg_advisory_lock(caseload.batch_key('ward', '2023-05-01'))`)
    const states = await session.query(readSql('sql/statements/ledger/batch_states.sql'), [null, null, null])
    const failed = await session.query(readSql('sql/statements/cli/failed_batches.sql'), [null])
    return { states: states.rows as unknown[], failed: failed.rows as unknown[] }
  })
  t.like(found.states, { 0: { last_run: 'failed' }, length: 1 })
  t.like(found.failed, { 0: { source: 'ward', date: '2023-05-01', status: 'failed' }, length: 1 })
})
