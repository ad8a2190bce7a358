import type { Batch } from '../../source/batch.ts'
import { type BatchChecks, loadChecks } from '../../audit/batch-checks.ts'
import type { CheckResult } from '../../audit/check-result.ts'
import type { Counts } from '../../contract/counts.ts'
import { RefusedError } from '../../platform/errors.ts'
import { requireAlive } from '../../ledger/batch-lock.ts'
import { requireMaskedRun } from '../../contract/mask/masked-database.ts'
import type { Session } from '../../platform/postgres.ts'
import { inAttempts } from '../../run/attempts.ts'
import { lockRun } from '../../run/lock-run.ts'
import { auditBatch, openLanding, type RunParts } from '../../run/run-batch.ts'
import { readSql } from '../../platform/sql.ts'
import { stageBatch } from '../../run/stage-batch.ts'
import type { LoadedBatch, ReadFile, StagedTable } from '../../source/transformer.ts'
import type { ContractChange } from './contract-changes.ts'
import { contractChangesBetween, type Published, readPublished, type RecordCounts } from './diff-published.ts'
import { diffTable, type TableDiff } from './diff.ts'

/** A value of the published version, and of the version that a run would publish. */
export interface BeforeAfter<T> {
  readonly before: T
  readonly after: T
}

/** How one table would change. */
export interface TablePlan extends TableDiff {
  /** Rows in quarantine, by rule. */
  readonly quarantined: BeforeAfter<Counts>
  /** Rows that a named rule removes, such as `duplicate`. */
  readonly removedByRule: BeforeAfter<Counts>
  /** Dropped values, by column and rule. */
  readonly dropped: BeforeAfter<Counts>
}

/** What a run of a batch would change, compared with what is published. */
export interface BatchPlan extends Batch {
  /** The run that compared; it published nothing. */
  readonly runId: string
  /** The version that readers see now; null if the batch is not published. */
  readonly published: { readonly runId: string; readonly publishedAt: string } | null
  /** Why a run would be refused; null if it would be published. */
  readonly refusal: string | null
  /** The result of every quality rule, as `caseload run` reports it; empty if none ran. */
  readonly checks: readonly CheckResult[]
  /** Null if nothing is published, or if the delivery was refused before it was read completely. */
  readonly files: BeforeAfter<RecordCounts | null>
  /** Empty if the delivery was refused before its rows were staged. */
  readonly tables: readonly TablePlan[]
  /** Changes of the contracts since the batch was published; null if its contracts are not known. */
  readonly contractChanges: readonly ContractChange[] | null
}

/**
 * Loads and stages a batch as a run does, compares it with the published version, and drops it. Holds the batch's lock
 * meanwhile; published rows and the ledger's record of the source do not change. The run is in the ledger as `planned`.
 *
 * @param keys maximum number of keys per table and kind of change; 0 for none, because keys are patients' data
 * @throws LockedError, MissingInputError and others as `runBatch` does, but not RefusedError
 */
export async function diffBatch(parts: RunParts, keys: number): Promise<BatchPlan> {
  try {
    return await inAttempts(parts, 'compare', async attempt => {
      await lockRun(parts, attempt)
      const rules = loadChecks(parts.source, parts.sourceFolders)
      const timed = { ...parts, watch: attempt.clock }
      const landing = await openLanding(timed)
      const loaded = await stageBatch(timed, attempt, landing)
      const found = await verdict(parts, attempt.session, loaded, rules)
      await landing.requireUnchanged(loaded.files)
      return compare(parts, attempt.session, loaded, { ...found, keys })
    })
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    // Refused before its rows were staged, for example because of an undeclared header.
    const session = await parts.openSession('caseload plan')
    try {
      const published = await readPublished(session, parts.batch)
      return { ...(await frame(parts, session, published)), refusal: refusalOf(error), checks: [], tables: [] }
    } finally {
      await session.end()
    }
  }
}

/** Whether the staged batch could be published. */
interface Verdict {
  readonly checks: readonly CheckResult[]
  readonly refusal: string | null
}

async function compare(
  parts: RunParts,
  session: Session,
  loaded: LoadedBatch,
  { checks, refusal, keys }: Verdict & { readonly keys: number },
): Promise<BatchPlan> {
  const published = await readPublished(session, parts.batch)
  if (keys > 0 && published !== undefined) {
    await requireMaskedRun(session, process.env, published.run, 'Keys of the published version')
  }
  const tables: TablePlan[] = []
  for (const table of tablesOf(loaded.tables, published)) {
    parts.signal.throwIfAborted()
    parts.log.info('compare', table)
    const after = loaded.tables.find(one => one.table === table)
    const before = published?.tables.get(table)
    const diff = await diffTable(session, { batch: parts.batch, table, leaf: after?.leaf, keys })
    tables.push({
      ...diff,
      quarantined: { before: before?.quarantined ?? {}, after: after?.quarantined ?? {} },
      removedByRule: { before: before?.removed ?? {}, after: after?.removed ?? {} },
      dropped: { before: before?.dropped ?? {}, after: after?.dropped ?? {} },
    })
  }
  const plan = await frame(parts, session, published, loaded.files)
  await end(session, parts, refusal)
  return { ...plan, refusal, checks, tables }
}

/** The part of a plan that also an early refused delivery has. */
async function frame(
  { batch, runId }: RunParts,
  session: Session,
  published: Published | undefined,
  files?: readonly ReadFile[],
): Promise<Omit<BatchPlan, 'refusal' | 'checks' | 'tables'>> {
  return {
    ...batch,
    runId,
    published: published === undefined ? null : { runId: published.run, publishedAt: published.publishedAt },
    files: { before: published?.files ?? null, after: files === undefined ? null : recordsOf(files) },
    contractChanges: published === undefined ? null : await contractChangesBetween(session, published.run, runId),
  }
}

/** Tables that the source no longer fills would lose their rows. */
function tablesOf(staged: readonly StagedTable[], published: Published | undefined): readonly string[] {
  return [...new Set([...staged.map(({ table }) => table), ...(published?.tables.keys() ?? [])])]
}

async function verdict(parts: RunParts, session: Session, loaded: LoadedBatch, rules: BatchChecks): Promise<Verdict> {
  try {
    return { checks: await auditBatch(parts, session, loaded, rules), refusal: null }
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return { checks: [], refusal: refusalOf(error) }
  }
}

/** Drops the hint to `quarantine ls`: the rejected rows of a plan are gone when it ends. */
function refusalOf({ message }: RefusedError): string {
  return message.replace(/ See \w+ with: caseload quarantine ls --run [0-9a-f]+\./, '')
}

async function end(session: Session, { batch, runId }: RunParts, refusal: string | null): Promise<void> {
  const ended = await session.query<{ ended: boolean }>(readSql('sql/statements/plan/end.sql'), [
    runId,
    refusal === null ? null : 'RefusedError',
    refusal,
  ])
  requireAlive(ended.rows[0]?.ended === true, batch)
}

function recordsOf(files: readonly ReadFile[]): RecordCounts {
  return {
    records: files.reduce((sum, file) => sum + file.records, 0),
    quarantined: files.reduce((sum, file) => sum + file.quarantined, 0),
  }
}
