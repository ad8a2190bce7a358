import { countText } from '../../platform/count-text.ts'
import { holdsMasked } from '../../contract/mask/masked-database.ts'
import { futureFolderNames, latestDay } from '../../landing/future-day.ts'
import type { MartStatus } from '../../marts/status.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import type { Batch } from '../../source/batch.ts'
import type { Leftovers } from '../gc/leftovers.ts'
import { problemCount } from '../problems/problems.ts'
import { error, few, type Finding, ok, warning } from './finding.ts'

// What a database holds and should not: leftovers of dead runs, unmasked rows, batches that need attention or are of future days;
// and marts that are behind.

/** Whether dead runs left something behind, or more versions are kept than `--keep` says. */
export function leftovers(found: Leftovers): readonly Finding[] {
  const sum = (count: (one: Leftovers['batches'][number]) => number): number =>
    found.batches.reduce((all, one) => all + count(one), 0)
  const parts: readonly (readonly [count: number, one: string, many: string])[] = [
    [found.dead.length, 'dead run', 'dead runs'],
    [
      sum(one => one.staged_leaves) + found.orphanTables.leaves.length + found.rangeLeaves.length,
      'staged leaf of no run',
      'staged leaves of no run',
    ],
    [sum(one => one.kept_leaves), 'leaf beyond the versions kept', 'leaves beyond the versions kept'],
    [sum(one => one.rejected_rows) + found.lostRejects, 'rejected row of no use', 'rejected rows of no use'],
    [found.workFolders.length, 'work folder', 'work folders'],
  ]
  const words = parts.filter(([count]) => count > 0).map(([count, one, many]) => countText(count, one, many))
  const { unknown } = found.orphanTables
  const findings: Finding[] = []
  if (words.length > 0) findings.push(warning('leftovers', words.join(', '), 'caseload gc'))
  if (unknown.length > 0) {
    findings.push(
      warning(
        'leftovers',
        `${countText(unknown.length, 'table')} in the schemas of staged and kept leaves that the ledger does not know: ${few(unknown)}`,
        'look at them, and drop those that you do not need',
      ),
    )
  }
  return findings.length > 0 ? findings : [ok('leftovers', 'none of dead runs')]
}

/** Counts of what runs loaded unmasked. */
export interface UnmaskedFacts {
  /** CASELOAD_MASK_AT_LOAD; undefined if it is not set. */
  readonly asked: string | undefined
  /** True if the database holds masked batches, too. */
  readonly masked: boolean
  readonly published: number
  /** Replaced versions that a rollback could restore. */
  readonly kept: number
  /** Rows in quarantine. */
  readonly quarantined: number
}

/** Counts what runs loaded unmasked. */
export async function unmaskedFacts(session: Session, asked: string | undefined): Promise<UnmaskedFacts> {
  const { rows } = await session.query<Omit<UnmaskedFacts, 'asked' | 'masked'>>(
    readSql('sql/statements/doctor/unmasked_counts.sql'),
  )
  const { published = 0, kept = 0, quarantined = 0 } = rows[0] ?? {}
  return { asked, masked: await holdsMasked(session), published, kept, quarantined }
}

/** Whether a database that masks holds identifiers as they were delivered. */
export function unmasked({ asked, masked, published, kept, quarantined }: UnmaskedFacts): Finding {
  const check = 'unmasked rows'
  if (asked === undefined && masked) {
    return error(
      check,
      'the database holds masked batches, and CASELOAD_MASK_AT_LOAD is not set: every run is refused',
      'CASELOAD_MASK_AT_LOAD=true with the key of this database',
    )
  }
  if (!masked && asked !== 'true') return ok(check, 'not counted: no batch is masked')
  const parts = [
    ...(published > 0 ? [countText(published, 'published batch', 'published batches')] : []),
    ...(kept > 0 ? [countText(kept, 'kept version')] : []),
    ...(quarantined > 0 ? [countText(quarantined, 'row in quarantine', 'rows in quarantine')] : []),
  ]
  if (parts.length === 0) return ok(check, 'none')
  return warning(
    check,
    `${parts.join(', ')} of runs that were loaded unmasked`,
    published > 0 ? 'caseload backfill --reprocess stale, then caseload gc' : 'caseload gc',
  )
}

/** Whether batches need attention: no error, since the installation works. */
export function batchProblems(count: number): Finding {
  if (count === 0) return ok('batches', 'no batch needs attention')
  return warning('batches', problemCount(count), 'caseload status --problems')
}

/** Warns of published batches of days past tomorrow: their rows count as the newest until their day has passed. */
export async function futureBatches(session: Session, now: Date): Promise<readonly Finding[]> {
  const found = await session.query<Batch>(readSql('sql/statements/doctor/future_batches.sql'), [latestDay(now)])
  if (found.rows.length === 0) return []
  return [
    warning(
      'future days',
      `${countText(found.rows.length, 'batch', 'batches')} published under a day past ${latestDay(now)}, tomorrow at UTC+14, ` +
        `so their rows count as the newest: ${futureFolderNames(found.rows)}`,
      'if the day is wrong, load the delivery under its own; a delivery without records then replaces this batch where ' +
        "the source declares empty = 'allow' (run --allow-future)",
    ),
  ]
}

/** Whether the marts hold what is published; no finding for a database without marts. */
export function marts(status: MartStatus | undefined): readonly Finding[] {
  if (status === undefined) return []
  const behind = status.sources.filter(one => one.behind_by > 0)
  if (behind.length === 0)
    return [ok('marts', `${countText(status.marts.length, 'mart')}, which hold what is published`)]
  const list = few(behind.map(one => `${one.source} by ${countText(one.behind_by, 'batch', 'batches')}`))
  return [warning('marts', `behind what is published: ${list}`, 'caseload marts refresh')]
}
