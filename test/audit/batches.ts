import { randomUUID } from 'node:crypto'
import { type Batch, leafName } from '../../pipelines/source/batch.ts'
import type { BatchChecks } from '../../pipelines/audit/batch-checks.ts'
import type { BatchTable } from '../../pipelines/audit/check-query.ts'
import type { CheckResult } from '../../pipelines/audit/check-result.ts'
import { type CheckSql, shippedChecks } from '../../pipelines/audit/check-file.ts'
import { runChecks } from '../../pipelines/audit/run-checks.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'

/** The batch that most of these tests check: a Monday. */
export const batch: Batch = { source: 'source_a', date: '2023-05-01' }

/** Rows of a table without source and batch_date. */
export type Rows = readonly Readonly<Record<string, unknown>>[]

/** A staged batch. */
export interface Staged {
  readonly runId: string
  readonly tables: readonly BatchTable[]
}

/** Stages these rows as a run of the batch does, and writes run and tables down; nothing of it is published. */
export async function stage(
  session: Session,
  content: Readonly<Record<string, Rows>>,
  of: Batch = batch,
): Promise<Staged> {
  const runId = await recordRun(session, of, 'running')
  const tables: BatchTable[] = []
  for (const [table, rows] of Object.entries(content)) {
    const leaf = leafName(table, of, runId)
    if (rows.length > 0) await fillLeaf(session, table, leaf, of, rows)
    await recordTable(session, runId, table, rows.length)
    const relation = rows.length === 0 ? undefined : { schema: 'caseload_stage', name: leaf }
    tables.push({ table, relation, loaded: rows.length })
  }
  return { runId, tables }
}

async function fillLeaf(session: Session, table: string, leaf: string, of: Batch, rows: Rows): Promise<void> {
  await session.query('select caseload.create_leaf($1, $2, $3, $4)', [table, leaf, of.source, of.date])
  const names = [...new Set(rows.flatMap(row => Object.keys(row)))].map(quoteIdent).join(', ')
  await session.query(
    `insert into caseload_stage.${quoteIdent(leaf)} (${names})
     select ${names} from json_populate_recordset(null::caseload_stage.${quoteIdent(leaf)}, $1)`,
    [JSON.stringify(rows)],
  )
  await session.query('select caseload.index_leaf($1, $2)', [table, leaf])
}

/** Writes a run down. */
export async function recordRun(session: Session, of: Batch, status: string): Promise<string> {
  const runId = randomUUID()
  await session.query(
    `insert into caseload.runs (run_id, source, batch_date, status, published_at, code_version, host, process_id)
     values ($1, $2, $3, $4, clock_timestamp(), 'test', 'test', 1)`,
    [runId, of.source, of.date, status],
  )
  return runId
}

/** Writes down that a run loaded so many rows of a table. */
export async function recordTable(session: Session, runId: string, table: string, loaded: number): Promise<void> {
  await session.query(
    `insert into caseload.tables (run_id, table_name, candidates, loaded, quarantined, removed)
     values ($1, $2, $3, $3, 0, '{}')`,
    [runId, table, loaded],
  )
}

/** A query of a source's own, over patients unless it says otherwise. */
export function ownCheck(sql: string, more: Partial<CheckSql> = {}): CheckSql {
  const origin = 'sources/test/checks/own.sql'
  return { name: 'own', table: 'patients', severity: 'error', by: undefined, sql, origin, ...more }
}

/** Runs checks over a staged batch. */
export async function check(
  session: Session,
  staged: Staged,
  checks: Partial<BatchChecks>,
  of: Batch = batch,
): Promise<readonly CheckResult[]> {
  return runChecks(session, { batch: of, ...staged, checks: { rules: [], sql: [], ...checks } })
}

/** One result by the name of its check. */
export function resultOf(results: readonly CheckResult[], name: string): CheckResult {
  const found = results.find(one => one.check === name)
  if (found === undefined) throw new Error(`there is no result of ${name}`)
  return found
}

/** A shipped check by its name. */
export function shipped(name: string): CheckSql {
  const found = shippedChecks().find(one => one.name === name)
  if (found === undefined) throw new Error(`there is no shipped check ${name}`)
  return found
}
