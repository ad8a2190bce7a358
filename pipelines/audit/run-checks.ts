import type { Batch } from '../source/batch.ts'
import { checkAction, findAction, type RuleActions } from '../contract/rule-actions.ts'
import { DatabaseError, UsageError } from '../platform/errors.ts'
import { querySingleStatement } from '../platform/single-statement.ts'
import type { Session } from '../platform/postgres.ts'
import { describeServerError, errorCode, isTransient, isServerError } from '../platform/server-error.ts'
import { readSql } from '../platform/sql.ts'
import type { BatchChecks } from './batch-checks.ts'
import type { CheckSql } from './check-file.ts'
import { badCountQuery, type BatchTable } from './check-query.ts'
import { type CheckResult, outcomeOf } from './check-result.ts'
import { checkDeclared } from './declared-rules.ts'
import { checkReferences } from './references.ts'
import { checkRowCounts } from './row-counts.ts'

/** The batch to check, and its checks. */
export interface ChecksOrder {
  readonly batch: Batch
  readonly runId: string
  /** All tables of the batch, also empty ones. */
  readonly tables: readonly BatchTable[]
  readonly checks: BatchChecks
  /** Results of `fileResults`, recorded with the others. */
  readonly fileResults?: readonly CheckResult[]
  /** Stops the work between two checks. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Checks the rows of one batch and records the results in caseload.checks. Each check reads its leaf under a reader's lock; only
 * rows whose parent is not in the batch are looked up in other batches.
 *
 * @param session outside a transaction
 * @returns one result per check and table, in the order of the tables; the caller refuses the batch
 * @throws UsageError naming the file of a wrong query; DatabaseError naming the file of a query that fails over these rows
 */
export async function runChecks(session: Session, order: ChecksOrder): Promise<readonly CheckResult[]> {
  const { batch, runId, tables, checks, fileResults = [], signal } = order
  const results: CheckResult[] = [
    ...fileResults,
    ...(await checkRowCounts(session, batch, tables)),
    ...checkWarned(tables, checks.actions ?? {}),
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
  const changed = results.flatMap(result => withAction(result, checks.actions ?? {}))
  const position = new Map(tables.map(({ table }, index) => [table, index]))
  changed.sort((a, b) => (position.get(a.table) ?? 0) - (position.get(b.table) ?? 0))
  await session.query(readSql('sql/statements/audit/record_results.sql'), [runId, JSON.stringify(changed)])
  return changed
}

/**
 * One warning per table and rule for values that were loaded although they broke a rule for which the source declares `warn()`.
 * The counts are those of the run: a loaded value no longer shows which rule it broke.
 */
function checkWarned(tables: readonly BatchTable[], actions: RuleActions): readonly CheckResult[] {
  return tables.flatMap(({ table, loaded, warned }) =>
    Object.entries(warned ?? {}).map(([key, badRows]) => {
      const [rule = key, column = null] = key.split('.').reverse()
      const { reason } = findAction({ table }, actions, column, rule)
      return {
        check: `warn(${key})`,
        table,
        severity: 'warn' as const,
        outcome: 'warn' as const,
        checkedRows: loaded,
        badRows,
        detail: withReason('loaded as delivered', reason),
        origin: 'rules of the source',
      }
    }),
  )
}

/** A check that the source or the project changes by its name: it only warns and says why, or has no result. */
function withAction(result: CheckResult, actions: RuleActions): readonly CheckResult[] {
  const action = checkAction(actions, result.table, result.check)
  if (action === undefined) return [result]
  if (action.kind === 'off') return []
  const { outcome, detail } = result
  if (outcome === 'pass') return [{ ...result, severity: 'warn' }]
  return [{ ...result, severity: 'warn', outcome: 'warn', detail: withReason(detail, action.reason) }]
}

const withReason = (detail: string | undefined, reason: string | undefined): string | undefined =>
  [detail, reason].filter(words => words !== undefined).join(': ') || undefined

/** A user's query can change nothing here, and finds no table except those of the batch. */
async function reading<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('begin read only; set local search_path = pg_catalog')
  try {
    return await work()
  } finally {
    // If the connection is broken, the error of the work says so.
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
    return await reading(session, () => querySingleStatement<BadCount>(session, badCountQuery(check, tables)))
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

/** A message about syntax, names and rights (class 42) is about the query alone; any other can contain a row's values. */
function queryError({ origin }: CheckSql, error: unknown): unknown {
  if (!isServerError(error) || isTransient(error)) return error
  const said = describeServerError(error)
  if (errorCode(error)?.startsWith('42') !== true || !(error instanceof Error)) {
    return new DatabaseError(`${origin}: the query failed over these rows: ${said}.`)
  }
  return new UsageError(
    `${origin} is not a query over the tables of a batch: ${error.message} (${said}). Expected one SELECT that returns bad ` +
      'rows and names the tables without a schema.',
  )
}
