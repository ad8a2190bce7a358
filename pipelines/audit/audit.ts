import { type BadRowLimit } from '../source/bad-row-limit.ts'
import { requireFewBadRows } from './bad-rows.ts'
import type { Batch } from '../source/batch.ts'
import type { BatchChecks } from './batch-checks.ts'
import { type CheckResult, describeFailures, describeResult, warnings } from './check-result.ts'
import { runChecks } from './run-checks.ts'
import { total } from '../contract/counts.ts'
import { RefusedError } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import { requireKeptRows, requireRows } from './lost-rows.ts'
import type { Session } from '../platform/postgres.ts'
import { requireWholeLists } from './shrunk-lists.ts'
import type { LoadedBatch, Transformer } from '../source/transformer.ts'

/** What the audit of a staged batch depends on. */
export interface AuditParts {
  readonly batch: Batch
  readonly runId: string
  readonly badRows: BadRowLimit
  readonly declared: Pick<Transformer, 'delivery' | 'empty' | 'shrink'>
  /** True if full lists may shrink in this run. */
  readonly allowShrink?: boolean | undefined
  readonly checks: BatchChecks
  /** Results about the files themselves. */
  readonly fileResults: readonly CheckResult[]
  readonly log: Log
  readonly signal: AbortSignal
}

/**
 * Decides whether a staged batch may be published: its counts balance, few of its rows are bad, every table keeps some of its
 * rows, a full list keeps half of the one before it, and no quality rule of severity `error` is broken. Broken rules that only
 * warn are logged and recorded.
 *
 * @param session outside a transaction
 * @returns the results of all quality rules
 * @throws RefusedError with the reasons
 */
export async function audit(
  session: Session,
  loaded: LoadedBatch,
  { batch, runId, badRows, declared, allowShrink, checks, fileResults, log, signal }: AuditParts,
): Promise<readonly CheckResult[]> {
  balance(loaded)
  // These come first, because they can be the reason for too many bad rows.
  for (const result of warnings(fileResults)) log.warn('audit', describeResult(result))
  requireFewBadRows(loaded, badRows, runId)
  requireRows(loaded, declared.empty, runId)
  requireKeptRows(loaded, declared.empty, badRows, runId)
  await requireWholeLists(session, loaded.tables, { batch, declared, allowShrink })
  const tables = loaded.tables.map(({ table, leaf, loaded: rows, warned }) => ({
    table,
    relation: leaf === undefined ? undefined : { schema: 'caseload_stage', name: leaf },
    loaded: rows,
    warned,
  }))
  const results = await runChecks(session, { batch, runId, tables, checks, fileResults, signal })
  for (const result of warnings(results).filter(one => !fileResults.includes(one)))
    log.warn('audit', describeResult(result))
  const failures = describeFailures(results, runId)
  if (failures !== undefined) throw new RefusedError(failures)
  return results
}

/** Every row that a SELECT yields is loaded, in quarantine or removed. */
function balance(loaded: LoadedBatch): void {
  for (const { table, candidates, loaded: rows, quarantined, removed } of loaded.tables) {
    const gone = total(removed)
    const bad = total(quarantined)
    if (candidates !== rows + bad + gone) {
      throw new Error(`${table}: ${candidates} candidates, ${rows} loaded, ${bad} quarantined, ${gone} removed`)
    }
  }
}
