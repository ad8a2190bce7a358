import { randomUUID } from 'node:crypto'
import { type Batch, leafName } from '../../../pipelines/source/batch.ts'
import { compact } from '../../../pipelines/operate/compact/compact.ts'
import { connect, type Session } from '../../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { withSession } from '../../helpers/database.ts'

/** Rows of a table, without source and batch_date. */
export type Rows = readonly Readonly<Record<string, unknown>>[]

/** Stages a run of a batch as the engine does, with these rows; a table without rows gets no leaf. */
export async function stageRun(
  session: Session,
  batch: Batch,
  tables: Readonly<Record<string, Rows>>,
): Promise<string> {
  const runId = randomUUID()
  await session.query(
    `insert into caseload.runs (run_id, source, batch_date, code_version, host, process_id)
     values ($1, $2, $3, 'test', 'test', 1)`,
    [runId, batch.source, batch.date],
  )
  for (const [table, rows] of Object.entries(tables)) {
    const leaf = rows.length === 0 ? undefined : leafName(table, batch, runId)
    await session.query('select caseload.ensure_source_parent($1, $2)', [table, batch.source])
    if (leaf !== undefined) await fillLeaf(session, batch, table, leaf, rows)
    await session.query(
      `insert into caseload.tables (run_id, table_name, leaf, candidates, loaded, quarantined, removed)
       values ($1, $2, $3, $4, $4, 0, '{}')`,
      [runId, table, leaf ?? null, rows.length],
    )
  }
  return runId
}

/** Publishes a staged run. */
export async function publishRun(session: Session, runId: string): Promise<void> {
  await session.query(`select caseload.publish($1, '10s', '50ms', 1, null)`, [runId])
}

/** Merges the months of a source that end before a day. */
export async function mergeMonths(url: string, source: string, before: string): Promise<void> {
  await withSession(url, session =>
    session.query(
      `insert into caseload.sources (source, transformer, class, zone, schedule)
       values ($1, $1, 'Test', 'UTC', 'daily') on conflict do nothing`,
      [source],
    ),
  )
  const say = (): void => undefined
  await compact({
    source,
    before,
    dryRun: false,
    openSession: applicationName => connect({ url, applicationName }),
    signal: new AbortController().signal,
    log: { info: say, warn: say, error: say },
  })
}

/** The name of the leaf that a run staged. */
export async function leafOf(session: Session, runId: string, table: string): Promise<string | undefined> {
  const found = await session.query<{ leaf: string | null }>(
    'select leaf from caseload.tables where run_id = $1 and table_name = $2',
    [runId, table],
  )
  return found.rows[0]?.leaf ?? undefined
}

async function fillLeaf(
  session: Session,
  { source, date }: Batch,
  table: string,
  leaf: string,
  rows: Rows,
): Promise<void> {
  await session.query('select caseload.create_leaf($1, $2, $3, $4)', [table, leaf, source, date])
  const complete = rows.map(row => ({ record_status: 'active', ...row, source, batch_date: date }))
  const into = `caseload_stage.${quoteIdent(leaf)}`
  await session.query(`insert into ${into} select * from json_populate_recordset(null::${into}, $1)`, [
    JSON.stringify(complete),
  ])
  await session.query('select caseload.index_leaf($1, $2)', [table, leaf])
}
