import type { Batch } from '../source/batch.ts'
import type { Reference } from '../contract/contract.ts'
import { contractFor } from '../contract/tables/contracts.ts'
import type { Session } from '../platform/postgres.ts'
import type { BatchTable } from './check-query.ts'
import { type CheckResult, outcomeOf } from './check-result.ts'
import { orphanCountQuery } from './orphan-query.ts'

/** What a source declares about its references. */
export interface SourceReferences {
  /** Tables that it fills. */
  readonly filled: readonly string[]
  /** Tables whose rows are loaded without their parents. */
  readonly deferred: readonly string[]
  /** Tables whose rows are entities, see `Children`; none by default. */
  readonly entities?: readonly string[]
}

/**
 * Counts the rows of one table of a batch that the view `orphans` would list: those whose parent is in no batch, and those
 * that belong to one version of their parent if their batch has no version of it. It only warns, because the result depends
 * on the batches that were loaded before.
 *
 * References that the load itself checks give no result: there a row without its parent is in quarantine.
 *
 * @param tables all of the batch
 */
export async function checkReferences(
  session: Session,
  batch: Batch,
  table: BatchTable,
  tables: readonly BatchTable[],
  source: SourceReferences,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = []
  for (const reference of referencesAtRisk(table, tables, source)) {
    const { absent, unknown } = await countOrphans(session, batch, table, tables, reference)
    const badRows = reference.versioned ? absent : unknown
    results.push({
      check: `orphans_${reference.table}`,
      table: table.table,
      severity: 'warn',
      outcome: outcomeOf(badRows === 0, 'warn'),
      checkedRows: table.loaded,
      badRows,
      detail: badRows === 0 ? undefined : describeOrphans(badRows, unknown),
      origin: 'references of the table',
    })
  }
  return results
}

/**
 * A parent table that the source does not fill is not missed, except `visits`: rows that belong to one version of a visit
 * appear in no view without it.
 */
function referencesAtRisk(
  { table }: BatchTable,
  tables: readonly BatchTable[],
  { filled, deferred, entities = [] }: SourceReferences,
): readonly Reference[] {
  const came = (parent: string): boolean => tables.some(one => one.table === parent)
  const missed = ({ table: parent, versioned }: Reference): boolean =>
    filled.includes(parent) || (versioned && parent === 'visits')
  const declared = contractFor(table)?.references ?? []
  const references = entities.includes(table) ? declared.flatMap(ofEntity) : declared
  return references.filter(one => missed(one) && (deferred.includes(table) || !came(one.table)))
}

/** An entity is shown whatever batch its visit came in, under whichever patient; the position of a diagnosis says nothing there. */
function ofEntity(reference: Reference): readonly Reference[] {
  if (!reference.versioned) return [reference]
  return reference.table === 'visits' ? [{ table: 'visits', columns: ['visit_id'], versioned: false }] : []
}

interface OrphanCount {
  readonly absent: number
  readonly unknown: number
}

async function countOrphans(
  session: Session,
  batch: Batch,
  child: BatchTable,
  tables: readonly BatchTable[],
  reference: Reference,
): Promise<OrphanCount> {
  if (child.relation === undefined) return { absent: 0, unknown: 0 }
  const own = tables.find(({ table }) => table === reference.table)?.relation
  const found = await session.query<OrphanCount>(orphanCountQuery(reference, child.relation, own), [
    batch.source,
    batch.date,
  ])
  return found.rows[0] ?? { absent: 0, unknown: 0 }
}

function describeOrphans(badRows: number, unknown: number): string {
  const elsewhere = badRows - unknown
  const parts = [
    ...(unknown > 0 ? [`no parent in any batch ${unknown}`] : []),
    ...(elsewhere > 0 ? [`parent only in another batch ${elsewhere}`] : []),
  ]
  return `${parts.join(', ')}; the view orphans lists them`
}
