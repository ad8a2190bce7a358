import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { type Batch, leafName } from '../../pipelines/source/batch.ts'
import { connect, type Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'
import { rowsOf } from '../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../helpers/landing.ts'
import { until } from '../helpers/until.ts'
import type { OnMessage } from '../system/laws/message-proxy.ts'

/** The batch that these tests replace. */
export const batch: Batch = { source: 'source_a', date: '2023-05-01' }

/** A landing root in which every call delivers the batch anew, with this name on every patient. */
export function deliveries(t: ExecutionContext): { readonly root: string; readonly deliver: (name: string) => void } {
  const landing = testLanding(t)
  const drugs = [{ drug: 'Metformin', dose: '500 mg' }]
  return {
    root: landing.root,
    deliver: name => {
      landing.write(eventsFile, JSON.stringify([patient('P1', name, drugs), patient('P2', name, drugs)]))
    },
  }
}

/** The names that readers see. */
export async function namesSeen(url: string): Promise<unknown[]> {
  return (await rowsOf(url, 'select distinct name from store.patients order by name')).map(row => row['name'])
}

/** Tables in a schema. */
export async function tablesIn(url: string, schema: string): Promise<unknown[]> {
  const rows = await rowsOf(url, 'select tablename from pg_catalog.pg_tables where schemaname = $1 order by 1', [
    schema,
  ])
  return rows.map(row => row['tablename'])
}

/** The status of every run, the oldest first. */
export async function statuses(url: string): Promise<unknown[]> {
  return (await rowsOf(url, 'select status from caseload.runs order by started_at')).map(row => row['status'])
}

/**
 * A reader in the middle of a transaction that has read one table: the batch cannot be replaced until it is released.
 */
export async function holdTables(
  t: ExecutionContext,
  url: string,
  table = 'visits',
): Promise<{ readonly session: Session; readonly release: () => Promise<void> }> {
  const session = await connect({ url, applicationName: 'caseload test reader' })
  let over = false
  const release = async (): Promise<void> => {
    if (!over) await session.end()
    over = true
  }
  t.teardown(release)
  await session.query('begin')
  await session.query(`select count(*) from store.${quoteIdent(table)}`)
  return { session, release }
}

/** Gives a publish that passes through a proxy 9 s for a lock instead of 300 ms. */
export const patientPublish: OnMessage = (type, body) => {
  const limit = type === 'B' ? body.indexOf('300ms') : -1
  if (limit >= 0) body.write('   9s', limit)
  return 'pass'
}

const waitingPublish = `
  select l.pid from pg_catalog.pg_locks as l where not l.granted and l.mode = 'AccessExclusiveLock'
    and l.database = (select oid from pg_catalog.pg_database where datname = current_database())`

/** Waits until a publish waits for a lock; gives the process id of its backend. */
export function publishWaits(url: string): Promise<number> {
  return until(async () => {
    const waiting = await rowsOf(url, waitingPublish)
    return waiting.length > 0 && Number(waiting[0]?.['pid'])
  })
}

/** Waits until no publish waits for a lock, such as between two tries. */
export async function publishRests(url: string): Promise<void> {
  await until(async () => (await rowsOf(url, waitingPublish)).length === 0)
}

/** A run of the batch that has staged one visit and waits to be published. */
export async function stagedRun(session: Session): Promise<string> {
  const runId = randomUUID()
  const leaf = leafName('visits', batch, runId)
  await session.query(`select caseload.ensure_source_parent('visits', $1)`, [batch.source])
  await session.query(
    `insert into caseload.runs (run_id, source, batch_date, code_version, host, process_id)
     values ($1, $2, $3, 'test', 'test', 1)`,
    [runId, batch.source, batch.date],
  )
  await session.query(`select caseload.create_leaf('visits', $1, $2, $3)`, [leaf, batch.source, batch.date])
  await session.query(
    `insert into caseload_stage.${quoteIdent(leaf)} (patient_id, visit_id, source, batch_date) values ('P9', 'V9', $1, $2)`,
    [batch.source, batch.date],
  )
  await session.query(`select caseload.index_leaf('visits', $1)`, [leaf])
  await session.query(
    `insert into caseload.tables (run_id, table_name, leaf, candidates, loaded, quarantined, removed)
     values ($1, 'visits', $2, 1, 1, 0, '{}')`,
    [runId, leaf],
  )
  return runId
}
