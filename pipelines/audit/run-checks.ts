import type { Batch } from '../source/batch.ts'
import { DatabaseError, UsageError } from '../platform/errors.ts'
import { loneQuery } from '../platform/lone-query.ts'
import { describeServerError, errorCode, isTransient, isServerError, type Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import type { BatchChecks } from './batch-checks.ts'
import type { CheckSql } from './check-file.ts'
import { badCountQuery, type BatchTable } from './check-query.ts'
import { type CheckResult, outcomeOf } from './check-result.ts'
import { checkDeclared } from './declared-rules.ts'
import { checkReferences } from './references.ts'
import { checkRowCounts } from './row-counts.ts'
import { checkWarned } from './warned-values.ts'

/** What is to be checked. */
export interface ChecksOrder {
  readonly batch: Batch
  readonly runId: string
  /** All tables of the batch, also those without a row. */
  readonly tables: readonly BatchTable[]
  readonly checks: BatchChecks
  /** What was found in the files when they were read, see `fileResults`; recorded with the rest. */
  readonly fileResults?: readonly CheckResult[]
  /** Looked at between two checks. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Checks the rows of one batch and records what was found in caseload.checks. Reads each leaf under a lock of a reader,
 * check by check; only rows whose parent did not come with them are looked up in other batches.
 *
 * @param session outside a transaction
 * @returns one result per check and table, in the order of the tables; it is for the caller to refuse the batch
 * @throws UsageError naming the file, if a query is wrong; DatabaseError naming it, if it fails over these rows
 */
export async function runChecks(session: Session, order: ChecksOrder): Promise<readonly CheckResult[]> {
  const { batch, runId, tables, checks, fileResults = [], signal } = order
  const results: CheckResult[] = [
    ...fileResults,
    ...(await checkRowCounts(session, batch, tables)),
    ...checkWarned(tables),
  ]
  for (const table of tables) {
    const rules = checks.rules.filter(rule => rule.table === table.table)
    results.push(...(await reading(session, () => checkDeclared(session, table, rules))))
    const { references } = checks
    if (references !== undefined) {
      signal?.throwIfAborted()
      results.push(...(await reading(session, () => checkReferences(session, batch, table, tables, references))))
    }
    for (const check of checks.sql.filter(one => one.table === table.table)) {
      signal?.throwIfAborted()
      results.push(await checkSql(session, check, table, tables))
    }
  }
  signal?.throwIfAborted()
  const position = new Map(tables.map(({ table }, index) => [table, index]))
  results.sort((a, b) => (position.get(a.table) ?? 0) - (position.get(b.table) ?? 0))
  await session.query(readSql('sql/statements/audit/record_results.sql'), [runId, JSON.stringify(results)])
  return results
}

/** A query of others' can change nothing, and a table's name it does not get from the batch means nothing to it. */
async function reading<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('begin read only; set local search_path = pg_catalog')
  try {
    return await work()
  } finally {
    // The connection may be what broke; the error of the work says so.
    await session.query('rollback').catch(() => undefined)
  }
}

async function checkSql(
  session: Session,
  check: CheckSql,
  { table, loaded }: BatchTable,
  tables: readonly BatchTable[],
): Promise<CheckResult> {
  const { name, severity, origin } = check
  const counts = await countBad(session, check, tables)
  const badRows = counts.reduce((sum, { bad }) => sum + bad, 0)
  return {
    check: name,
    table,
    severity,
    outcome: outcomeOf(badRows === 0, severity),
    checkedRows: loaded,
    badRows,
    detail: check.by === undefined || badRows === 0 ? undefined : describeCounts(check.by, counts),
    origin,
  }
}

interface BadCount {
  readonly by: string | null
  readonly bad: number
}

async function countBad(
  session: Session,
  check: CheckSql,
  tables: readonly BatchTable[],
): Promise<readonly BadCount[]> {
  try {
    return await reading(session, () => loneQuery<BadCount>(session, badCountQuery(check, tables)))
  } catch (error) {
    throw queryError(check, error)
  }
}

const mostShown = 8

function describeCounts(by: string, counts: readonly BadCount[]): string {
  const shown = counts.slice(0, mostShown).map(count => `${count.by ?? 'none'} ${count.bad}`)
  const more = counts.length > mostShown ? `, and ${counts.length - mostShown} more` : ''
  return `by ${by}: ${shown.join(', ')}${more}`
}

/** A message about syntax, names and rights (class 42) speaks of the query alone; any other can hold a row's values. */
function queryError({ origin }: CheckSql, error: unknown): unknown {
  if (!isServerError(error) || isTransient(error)) return error
  const said = describeServerError(error)
  if (errorCode(error)?.startsWith('42') !== true || !(error instanceof Error)) {
    return new DatabaseError(`${origin}: the query failed over these rows: ${said}.`)
  }
  return new UsageError(
    `${origin} is no query over the tables of a batch: ${error.message} (${said}). It names them plainly, and one SELECT ` +
      'gives the bad rows.',
  )
}
