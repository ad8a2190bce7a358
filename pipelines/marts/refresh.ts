import type { View } from '../ledger/list-views.ts'
import type { Session } from '../platform/postgres.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import { allHours, type Changes, readChanges, type SourceChange, writeInputs } from './changes.ts'
import { type Ids, refreshStatement, type Slice } from './compose.ts'
import { isByPatient, type Mart, type MartModel, readModel } from './definitions.ts'
import { hasMarts, makeMarts, makeSchemas, notedMarts } from './make-marts.ts'
import { inSnapshot } from './snapshot.ts'
import { addHolders, coHolders, martSources, patientsOf, personsOf } from './touched.ts'

/** What a refresh works with. */
export interface RefreshOptions {
  /** The views of this installation, each after those that it reads. */
  readonly views: readonly View[]
  readonly signal: AbortSignal
  /** What to compute: `changed` what has changed since the last refresh, `everything` all rows of all marts. */
  readonly extent: 'changed' | 'everything'
}

/** What a refresh did to one mart. */
export interface RefreshedMart {
  readonly mart: string
  readonly removed: number
  readonly added: number
  /** How long it took, in milliseconds. */
  readonly ms: number
}

/**
 * Makes the marts equal to the live views, in one transaction: readers see the state before or after it, of all marts together.
 * Computes the patients that the changed batches touch, and the marts whose definition changed as a whole; writes only the rows
 * that differ.
 *
 * @returns one element per mart
 * @throws LockedError when another session refreshes the marts for ten minutes
 */
export async function refreshMarts(session: Session, options: RefreshOptions): Promise<readonly RefreshedMart[]> {
  return inSnapshot(session, options, async () => {
    if (!(await hasMarts(session))) await makeSchemas(session)
    const noted = await notedMarts(session)
    const model = await readModel(session, options.views, noted)
    const changed = await makeMarts(session, model, noted)
    const changes = await readChanges(session)
    const isWhole = (mart: Mart): boolean =>
      options.extent === 'everything' || changes.everything || changed.has(mart.name)
    const done = await refresh(session, { ...options, model, changes, isWhole })
    await writeInputs(session, changes.inputs)
    await session.query(readSql('sql/statements/marts/set_runs.sql'))
    await session.query(readSql('sql/statements/marts/drop_notes.sql'))
    await session.query('update caseload_marts.state set refreshed_at = clock_timestamp()')
    return done
  })
}

interface Work extends RefreshOptions {
  readonly model: MartModel
  readonly changes: Changes
  /** True for a mart that is computed as a whole. */
  readonly isWhole: (mart: Mart) => boolean
}

/** Patients whose rows are written, and those whose rows are read for it. */
interface Touched {
  readonly source: string
  readonly patients: Ids
  readonly read: Ids
  readonly hours: SourceChange['hours']
}

async function refresh(session: Session, work: Work): Promise<readonly RefreshedMart[]> {
  const { model, changes } = work
  const sources = await martSources(session)
  await addHolders(session, changes.sources)
  const touched = await touchedPatients(session, changes)
  // Before and after the marts by patient: a patient may leave one person for another.
  const before = await personsOf(session, touched)
  const [byPatient, others] = [model.marts.filter(isByPatient), model.marts.filter(mart => !isByPatient(mart))]
  const done: RefreshedMart[] = []
  for (const mart of byPatient) {
    work.signal.throwIfAborted()
    const slices = work.isWhole(mart)
      ? sources.flatMap(source => patientSlices(mart.kind, { source, patients: 'all', read: 'all', hours: allHours }))
      : touched.flatMap(one => patientSlices(mart.kind, one))
    done.push(await writeSlices(session, work, mart, slices))
  }
  const persons = new Set([...changes.persons, ...before, ...(await personsOf(session, touched))])
  for (const mart of others) {
    work.signal.throwIfAborted()
    const isAll = work.isWhole(mart) || changes.allPersons
    const slices =
      mart.kind === 'whole' ? [{ by: 'whole' } as const] : await personSlices(session, isAll ? 'all' : [...persons])
    done.push(await writeSlices(session, work, mart, slices))
  }
  return done
}

async function touchedPatients(session: Session, changes: Changes): Promise<readonly Touched[]> {
  const touched: Touched[] = []
  for (const [source, { patients: named, hours }] of changes.sources) {
    if (named === 'all') {
      touched.push({ source, patients: 'all', read: 'all', hours })
      continue
    }
    const patients = await coHolders(session, source, [...named])
    touched.push({ source, patients, read: await coHolders(session, source, patients), hours })
  }
  return touched
}

function patientSlices(kind: Mart['kind'], { source, patients, read, hours }: Touched): readonly Slice[] {
  if (kind !== 'hour') return [{ by: 'patient', source, patients, read }]
  return hours === null ? [] : [{ by: 'hour', source, patients, span: hours }]
}

async function personSlices(session: Session, persons: Ids): Promise<readonly Slice[]> {
  if (persons === 'all') return [{ by: 'person', persons, sources: [], patients: [] }]
  if (persons.length === 0) return []
  return [{ by: 'person', persons, ...(await patientsOf(session, persons)) }]
}

async function writeSlices(
  session: Session,
  { model, isWhole }: Work,
  mart: Mart,
  slices: readonly Slice[],
): Promise<RefreshedMart> {
  const begun = performance.now()
  let removed = 0
  let added = 0
  for (const slice of slices) {
    const { text, values } = refreshStatement(model, mart, slice)
    const found = await session.query<{ removed: number; added: number }>(text, [...values])
    removed += found.rows[0]?.removed ?? 0
    added += found.rows[0]?.added ?? 0
  }
  // The marts after this one read it.
  if (isWhole(mart)) await session.query(`analyze mart.${quoteIdent(mart.name)}`)
  return { mart: mart.name, removed, added, ms: Math.round(performance.now() - begun) }
}
