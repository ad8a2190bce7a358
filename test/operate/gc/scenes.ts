import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type Batch, leafName } from '../../../pipelines/source/batch.ts'
import type { CollectOptions } from '../../../pipelines/operate/gc/collect.ts'
import { migrate } from '../../../pipelines/ledger/migrate.ts'
import { connect, type Session } from '../../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { makeWorkFolder } from '../../../pipelines/run/work-folder.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'

/** This machine, as the tests have it: no process of it lives but number 1. */
export const here = { host: 'here', isAlive: (processId: number): boolean => processId === 1 }

/** A database, a session on it and a folder for work folders. */
export interface Scene {
  readonly url: string
  readonly session: Session
  readonly parts: CollectOptions
}

/** Sets a scene: a migrated database on which nothing ran. */
export async function setScene(t: ExecutionContext): Promise<Scene> {
  const { url } = await testDatabase(t)
  const session = await open(t, url)
  await migrate(session)
  await session.query(`set lock_timeout = '200ms'`)
  const workRoot = mkdtempSync(join(tmpdir(), 'caseload-work-'))
  t.teardown(() => {
    rmSync(workRoot, { recursive: true, force: true })
  })
  const letThemReconnect = (): Promise<void> => Promise.reject(new Error('no run of another machine was expected'))
  return { url, session, parts: { keep: 1, workRoot, machine: here, letThemReconnect } }
}

/** Opens a session that ends with the test. */
export async function open(t: ExecutionContext, url: string): Promise<Session> {
  const session = await connect({ url, applicationName: 'caseload test' })
  t.teardown(() => session.end())
  return session
}

/** Takes the lock of a batch, as a run does. */
export async function hold(session: Session, batch: Batch): Promise<void> {
  await session.query('select pg_advisory_lock(caseload.batch_key($1, $2))', [batch.source, batch.date])
}

/** A run of a batch that has staged one visit and rejected another, with a work folder. Gives its id. */
export async function stageRun(
  { session, parts }: Scene,
  batch: Batch,
  { host = 'here', processId = 2 }: { host?: string; processId?: number } = {},
): Promise<string> {
  const runId = randomUUID()
  const key = [batch.source, batch.date]
  await session.query(`select caseload.ensure_source_parent('visits', $1)`, [batch.source])
  await session.query(
    `insert into caseload.runs (run_id, source, batch_date, code_version, host, process_id)
     values ($1, $2, $3, 'test', $4, $5)`,
    [runId, ...key, host, processId],
  )
  const leaf = await makeLeaf(session, batch, runId)
  await session.query(
    `insert into caseload.tables (run_id, table_name, leaf, candidates, loaded, quarantined, removed)
     values ($1, 'visits', $2, 2, 1, 1, '{}'), ($1, 'diagnoses', null, 0, 0, 0, '{}')`,
    [runId, leaf],
  )
  await session.query(
    `insert into caseload.quarantine_rows (run_id, table_name, file, record_no, rule, reason)
     values ($1, 'visits', 'visits.csv', 2, 'pattern', 'synthetic')`,
    [runId],
  )
  mkdirSync(join(makeWorkFolder(parts.workRoot, runId), 'spill'))
  return runId
}

/** A staged leaf of visits with one row; the ledger knows nothing of it. Gives its name. */
export async function makeLeaf(session: Session, batch: Batch, runId: string): Promise<string> {
  const leaf = leafName('visits', batch, runId)
  await session.query(`select caseload.create_leaf('visits', $1, $2, $3)`, [leaf, batch.source, batch.date])
  await session.query(`insert into caseload_stage.${quoteIdent(leaf)} (patient_id, visit_id) values ('P1', $1)`, [
    runId,
  ])
  await session.query(`select caseload.index_leaf('visits', $1)`, [leaf])
  return leaf
}

/** Publishes what a run has staged, and removes its work folder, as a run does. */
export async function publishRun({ session, parts }: Scene, runId: string): Promise<void> {
  await session.query(`select caseload.publish($1, '5s', '50ms', 1, null)`, [runId])
  rmSync(parts.workRoot, { recursive: true, force: true })
  mkdirSync(parts.workRoot)
}

/** Everything that is there: tables, runs and their tables, rejected rows, visits that readers see. */
export async function everything(url: string): Promise<readonly Record<string, unknown>[]> {
  return rowsOf(
    url,
    `select n.nspname || '.' || c.relname as what from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
       where n.nspname in ('store', 'clinical', 'caseload', 'caseload_stage', 'caseload_kept')
     union all select 'run ' || run_id || ' ' || status from caseload.runs
     union all select 'table ' || run_id || ' ' || table_name || ' ' || coalesce(leaf, '') || ' ' || state from caseload.tables
     union all select 'reject ' || run_id || ' ' || quarantine_id from caseload.quarantine_rows
     union all select 'visit ' || visit_id from store.visits
     order by 1`,
  )
}
