import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import test, { type ExecutionContext } from 'ava'
import { parseBadRowLimit } from '../../pipelines/source/bad-row-limit.ts'
import { enginePool } from '../../pipelines/run/engine-pool.ts'
import { TransientError, SupersededError, UnreachableError } from '../../pipelines/platform/errors.ts'
import { writeAttempts } from '../../pipelines/ledger/attempts.ts'
import { startRun } from '../../pipelines/ledger/ledger.ts'
import { stderrLog } from '../../pipelines/platform/log.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { runBatch, type RunResult } from '../../pipelines/run/run-batch.ts'
import { loadSource, shippedSources } from '../../pipelines/source/load-source.ts'
import { openAsOwner } from '../../pipelines/embedded/target.ts'
import { noListener } from '../../pipelines/run/run-listener.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../helpers/landing.ts'

const batch = { source: 'source_a', date: '2023-05-01' }

/** Runs a batch with two bad rows, trying again at once. */
async function run(
  t: ExecutionContext,
  url: string,
  openSession: (name: string) => Promise<Session>,
): Promise<RunResult> {
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify(['P1', 'P2', ''].map(id => patient(id, 'Avery Sample'))))
  const engines = enginePool()
  t.teardown(() => {
    engines.close()
  })
  return runBatch({
    batch,
    runId: randomUUID(),
    externalId: undefined,
    skipIfPublishedSince: undefined,
    source: await loadSource(batch.source, [shippedSources]),
    landing: landing.root,
    sourceFolders: [shippedSources],
    openSession,
    databaseUrl: url,
    engines,
    workRoot: tmpdir(),
    memoryLimit: '256MB',
    threads: 1,
    badRows: parseBadRowLimit('100%'),
    keep: 1,
    retries: { retries: 2, firstWait: 1, longestWait: 1 },
    codeVersion: 'test',
    log: stderrLog({}, { level: 'error', write: () => undefined }),
    watch: noListener,
    signal: new AbortController().signal,
  })
}

/** Opens sessions; that of a run loses its connection at the first statement that matches. */
function losing(url: string, statement: RegExp): (name: string) => Promise<Session> {
  let lost = false
  return async name => {
    const session = await openAsOwner(url, name)
    const query = session.query.bind(session) as (...args: readonly unknown[]) => unknown
    const passed = async (...args: readonly unknown[]): Promise<unknown> => {
      if (!lost && typeof args[0] === 'string' && statement.test(args[0])) {
        lost = true
        const { rows } = (await query('select pg_backend_pid() as pid')) as { rows: readonly [{ pid: number }] }
        await rowsOf(url, 'select pg_terminate_backend($1, 5000)', [rows[0].pid])
      }
      return query(...args)
    }
    return Object.assign(session, { query: passed })
  }
}

for (const [when, statement] of [
  ['while a quality rule is asked', /begin read only/],
  ['at the publish', /caseload\.publish/],
] as const) {
  test(`a connection lost ${when}: the next attempt keeps nothing of the one before`, async t => {
    const { url } = await testDatabase(t)
    const { runId, tables, checks } = await run(t, url, losing(url, statement))
    const [found] = await rowsOf(
      url,
      `select
        (select status from caseload.runs) as status,
        (select attempts from caseload.runs) as attempts,
        (select string_agg(s ->> 'stage', ' ') from caseload.runs, json_array_elements(stages) as s) as stages,
        (select count(*) from caseload.attempts) as failed,
        (select count(*) from caseload.files) as files,
        (select count(*) from caseload.tables) as tables,
        (select count(*) from caseload.quarantine) as quarantined,
        (select count(*) from caseload.checks) as checks
       where exists (select from caseload.runs where run_id = $1)`,
      [runId],
    )
    const quarantined = tables.reduce((sum, one) => sum + Object.values(one.quarantined).reduce((a, b) => a + b, 0), 0)
    t.true(quarantined > 0)
    t.deepEqual(found, {
      status: 'published',
      attempts: 2,
      stages: 'lock read stage audit publish',
      failed: 1,
      files: 1,
      tables: tables.length,
      quarantined,
      checks: checks.length,
    })
  })
}

test('a session that the server still has, because it never heard of the end, is not in the way of its own run', async t => {
  const { url } = await testDatabase(t)
  const left: Session[] = []
  await run(t, url, async name => {
    const session = await openAsOwner(url, name)
    if (left.length > 0) return session
    left.push(session)
    const query = session.query.bind(session) as (...args: readonly unknown[]) => unknown
    const passed = (...args: readonly unknown[]): unknown =>
      typeof args[0] === 'string' && args[0].includes('caseload.publish')
        ? Promise.reject(new Error('Connection terminated unexpectedly'))
        : query(...args)
    return Object.assign(session, { query: passed, end: () => Promise.resolve() })
  })
  t.like((await rowsOf(url, 'select status, attempts from caseload.runs'))[0], {
    status: 'published',
    attempts: 2,
  })
})

test('what another command published between two attempts stays', async t => {
  const { url } = await testDatabase(t)
  const lose = losing(url, /caseload\.publish/)
  let opened = 0
  const gaveWay = run(t, url, async name => {
    // The second is the ledger's, which is asked whether the publish has landed; the third begins the second attempt.
    if (++opened === 3) await run(t, url, one => openAsOwner(url, one))
    return lose(name)
  })
  const error = await t.throwsAsync(gaveWay, {
    instanceOf: SupersededError,
    message: /published or put back meanwhile: run /,
  })
  t.is(error.exitCode, 75)
  const runs = await rowsOf(url, 'select status, attempts from caseload.runs order by started_at')
  t.like(runs[0], { status: 'failed' })
  t.like(runs[1], { status: 'published', attempts: 1 })
  t.is(runs.length, 2)
})

test('a server that is gone when a batch begins is one that restarts', async t => {
  const { url } = await testDatabase(t)
  let asked = 0
  await run(t, url, name => {
    asked++
    return asked === 1 ? Promise.reject(new UnreachableError('nobody listens')) : openAsOwner(url, name)
  })
  t.like((await rowsOf(url, 'select status, attempts from caseload.runs'))[0], { status: 'published', attempts: 2 })
  t.deepEqual(await rowsOf(url, 'select attempt, error_class from caseload.attempts'), [
    { attempt: 1, error_class: 'TransientError' },
  ])
})

test('attempts are written once, with the time at which they failed', async t => {
  const { url } = await testDatabase(t)
  const runId = randomUUID()
  const hour = 3_600_000
  await withSession(url, async session => {
    await startRun(session, { runId, batch, codeVersion: 'test', host: 'h', processId: 1, externalId: undefined })
    const failed = [2, 1].map((hours, at) => ({
      attempt: at + 1,
      error: new TransientError('The server restarts.'),
      failedAt: Date.now() - hours * hour,
      waitMs: 1000,
    }))
    await writeAttempts(session, runId, failed.slice(0, 1))
    await writeAttempts(session, runId, failed)
  })
  t.deepEqual(
    await rowsOf(
      url,
      'select attempt, round(extract(epoch from now() - failed_at) / 3600)::integer as hours from caseload.attempts order by 1',
    ),
    [
      { attempt: 1, hours: 2 },
      { attempt: 2, hours: 1 },
    ],
  )
  t.deepEqual(await rowsOf(url, 'select attempts from caseload.runs'), [{ attempts: 3 }])
})
