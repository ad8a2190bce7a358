import type { Session } from '../platform/postgres.ts'
import type { Mart, MartModel } from './definitions.ts'
import type { HourPart } from './hour-parts.ts'
import type { ChangedMonth, ChangedMonths } from './months.ts'
import { refreshStatement } from './refresh-statement.ts'
import { replaceStatements } from './replace-statements.ts'
import type { Ids, Slice } from './slice.ts'
import { patientsOf } from './touched.ts'

/** What a refresh did to one mart. */
export interface RefreshedMart {
  readonly mart: string
  readonly removed: number
  readonly added: number
  /** How long it took, in milliseconds. */
  readonly ms: number
}

/** Patients whose rows are written, and those whose rows are read for it. */
export interface Touched {
  readonly source: string
  readonly patients: Ids
  readonly read: Ids
  /** The days of the batches that can hold rows of those who are read. */
  readonly days: Ids
  /** The hours whose rows are written for these patients, none if no reading changed. */
  readonly hours: readonly HourPart[]
}

/**
 * The slices of a mart by patient, visit or hour that these patients need.
 *
 * @param byVisit those of a mart by visit, if the source's visits are recomputed one by one
 */
export function patientSlices(
  kind: Mart['kind'],
  { source, patients, read, days, hours }: Touched,
  byVisit?: readonly Slice[],
): readonly Slice[] {
  if (kind === 'visit' && byVisit !== undefined) return byVisit
  if (kind !== 'hour') return [{ by: 'patient', source, patients, read, days }]
  return hours.map(part => ({ by: 'hour', source, patients, part }))
}

/** The slices of a mart by person that these persons need. */
export async function personSlices(session: Session, persons: Ids): Promise<readonly Slice[]> {
  if (persons === 'all') return [{ by: 'person', persons, sources: [], patients: [] }]
  if (persons.length === 0) return []
  return [{ by: 'person', persons, ...(await patientsOf(session, persons)) }]
}

/**
 * Makes some slices of a mart equal to its live view.
 *
 * @param changed gets the months in which rows were written
 */
export async function writeSlices(
  session: Session,
  model: MartModel,
  mart: Mart,
  slices: readonly Slice[],
  changed: ChangedMonths,
): Promise<RefreshedMart> {
  const begun = performance.now()
  let removed = 0
  let added = 0
  for (const slice of slices) {
    const written = await (model.isDistributed ? replaceSlice : refreshSlice)(session, model, mart, slice)
    removed += written.removed
    added += written.added
    if (written.months.length > 0) changed.set(mart.name, [...(changed.get(mart.name) ?? []), ...written.months])
  }
  return { mart: mart.name, removed, added, ms: Math.round(performance.now() - begun) }
}

interface Written {
  readonly removed: number
  readonly added: number
  readonly months: readonly ChangedMonth[]
}

async function refreshSlice(session: Session, model: MartModel, mart: Mart, slice: Slice): Promise<Written> {
  const { text, values } = refreshStatement(model, mart, slice)
  const found = await session.query<Written>(text, [...values])
  return found.rows[0] ?? { removed: 0, added: 0, months: [] }
}

async function replaceSlice(session: Session, model: MartModel, mart: Mart, slice: Slice): Promise<Written> {
  const { remove, add } = replaceStatements(model, mart, slice)
  const removed = await session.query(remove.text, [...remove.values])
  const added = await session.query(add.text, [...add.values])
  // It does not compare rows, so marts by month are computed as a whole.
  return { removed: removed.rowCount ?? 0, added: added.rowCount ?? 0, months: [] }
}

/** Renews the statistics of a mart: others read it. */
export async function analyze(session: Session, { name }: Mart): Promise<void> {
  await session.query('select caseload.analyze_mart($1)', [name])
}
