import type { View } from '../ledger/list-views.ts'
import type { Session } from '../platform/postgres.ts'
import { addChanged, patientHashes, visitSlices, visitSources } from './by-visit.ts'
import { allHours, type Changes, readChanges, writeInputs } from './changes.ts'
import { allRead } from './reads.ts'
import type { Ids, Slice } from './slice.ts'
import { type Mart, type MartModel, readModel } from './definitions.ts'
import { dropIdleNotes, recordHeldRuns } from './held-runs.ts'
import { hourParts } from './hour-parts.ts'
import { makeMarts, notedMarts } from './make-marts.ts'
import { isByPatient } from './mart-order.ts'
import { type ChangedMonths, monthSlices } from './months.ts'
import { inSnapshot, type MartLockOptions, underMartLock } from './snapshot.ts'
import { historyPersons, sourceHistories } from './source-history.ts'
import { addHolders, coHolders, daysOf, martSources, personsOf } from './touched.ts'
import { analyze, patientSlices, personSlices, type RefreshedMart, type Touched, writeSlices } from './write-slices.ts'

/** What a refresh works with. */
export interface RefreshOptions extends MartLockOptions {
  /** The views of this installation, each after those that it reads. */
  readonly views: readonly View[]
}

/**
 * Makes the marts equal to the live views, in one transaction: readers see the state before or after it, of all marts together.
 * Computes the patients that the changed batches touch, and the marts whose definition changed as a whole; writes only the rows
 * that differ. The database has marts.
 *
 * @returns one element per mart
 * @throws LockedError when another session refreshes the marts for ten minutes
 */
export async function refreshMarts(session: Session, options: RefreshOptions): Promise<readonly RefreshedMart[]> {
  return underMartLock(session, options, () => refreshLocked(session, options))
}

/** Refreshes the marts in a session that holds their lock. */
export async function refreshLocked(session: Session, options: RefreshOptions): Promise<readonly RefreshedMart[]> {
  for (;;) {
    options.signal.throwIfAborted()
    const sources = await lookAhead(session, options)
    const done = await inSnapshot(session, sources, async () => {
      const plan = await planRefresh(session, options)
      if (!covers(sources, plan.sourcesRead)) return undefined
      const marts = await refresh(session, { ...options, ...plan })
      await writeInputs(session, plan.changes.inputs)
      await recordHeldRuns(session, null)
      await dropIdleNotes(session)
      await session.query('update caseload.mart_state set refreshed_at = clock_timestamp(), is_building = false')
      return marts
    })
    if (done !== undefined) return done
  }
}

const covers = (locked: Ids, needed: Ids): boolean =>
  locked === 'all' || (needed !== 'all' && needed.every(source => locked.includes(source)))

/** What a refresh has to do. */
export interface RefreshPlan {
  readonly model: MartModel
  readonly changes: Changes
  /** True for a mart that is computed as a whole. */
  readonly isWhole: (mart: Mart) => boolean
  /** Whose tables of the store the refresh reads. */
  readonly sourcesRead: Ids
}

/** What a refresh would do now, and the tables that it would make, which are rolled back. */
async function lookAhead(session: Session, options: RefreshOptions): Promise<Ids> {
  let sources: Ids = 'all'
  await inSnapshot(session, [], async () => {
    sources = (await planRefresh(session, options)).sourcesRead
    return undefined
  })
  return sources
}

/** Makes the tables that are new or changed, and reads what to compute. */
export async function planRefresh(session: Session, { views }: RefreshOptions): Promise<RefreshPlan> {
  const noted = await notedMarts(session)
  const model = await readModel(session, views, noted)
  const changed = await makeMarts(session, model, noted)
  const changes = await readChanges(session)
  const state = await session.query<{ is_building: boolean }>('select is_building from caseload.mart_state')
  // A rebuild that was killed may have left the marts by person behind those by patient.
  const isBuilding = state.rows[0]?.is_building === true
  const isAll = changes.everything || changed.size > 0 || model.othersReadStore
  return {
    model,
    changes,
    isWhole: mart =>
      changes.everything ||
      [mart.name, ...mart.monthsFrom].some(name => changed.has(name)) ||
      (mart.kind === 'month' && model.isDistributed) ||
      (isBuilding && !isByPatient(mart)),
    sourcesRead: isAll ? 'all' : [...changes.sources.keys()],
  }
}

async function refresh(session: Session, work: RefreshOptions & RefreshPlan): Promise<readonly RefreshedMart[]> {
  const { model, changes } = work
  const sources = await martSources(session)
  await addHolders(session, changes.sources)
  const touched = await touchedPatients(session, changes)
  // Before and after the marts by patient: a patient may leave one person for another.
  const before = await personsOf(session, touched)
  const months: ChangedMonths = new Map()
  const done: RefreshedMart[] = await refreshByPatient(session, work, sources, touched, months)
  const histories = await sourceHistories(session, model)
  const bySource = (mart: Mart): readonly Slice[] =>
    (work.isWhole(mart) ? sources : [...changes.sources.keys()]).map(source => ({ by: 'source', source }))
  const byMonth = (mart: Mart): readonly Slice[] => (work.isWhole(mart) ? [{ by: 'whole' }] : monthSlices(mart, months))
  for (const mart of model.marts.filter(mart => !isByPatient(mart) && !mart.isAfterPersons)) {
    work.signal.throwIfAborted()
    done.push(await writeSlices(session, model, mart, mart.kind === 'month' ? byMonth(mart) : bySource(mart), months))
  }
  const persons = new Set([
    ...before,
    ...(await personsOf(session, touched)),
    ...(await historyPersons(session, histories, await sourceHistories(session, model))),
  ])
  const withRunOut = new Set([...persons, ...changes.runOutPersons])
  const byPerson = (mart: Mart): Promise<readonly Slice[]> => {
    const some = readsRunOut(mart, model) ? withRunOut : persons
    return personSlices(session, work.isWhole(mart) || changes.allPersons ? 'all' : [...some])
  }
  for (const mart of model.marts.filter(mart => mart.isAfterPersons)) {
    work.signal.throwIfAborted()
    const slices =
      mart.kind === 'whole' ? [{ by: 'whole' } as const] : mart.kind === 'month' ? byMonth(mart) : await byPerson(mart)
    done.push(await writeSlices(session, model, mart, slices, months))
    // The marts after it read it.
    if (work.isWhole(mart)) await analyze(session, mart)
  }
  return done
}

/** The run-out of a definition is in the view `readmissions` alone; the models of readmission_risk ask the stays. */
const readsRunOut = (mart: Mart, { definitions }: MartModel): boolean =>
  mart.name === 'readmissions' || allRead(mart, definitions).has('readmissions')

async function refreshByPatient(
  session: Session,
  work: RefreshOptions & RefreshPlan,
  sources: readonly string[],
  touched: readonly Touched[],
  months: ChangedMonths,
): Promise<RefreshedMart[]> {
  const { model, changes } = work
  const done: RefreshedMart[] = []
  const ofVisits = await visitSources(session, touched)
  const changed = new Map<string, ReadonlySet<string>>()
  let byVisit = await visitSlices(session, ofVisits, changes.sources, changed)
  for (const mart of model.marts.filter(isByPatient)) {
    work.signal.throwIfAborted()
    const isFollowed = mart.kind === 'patient' && mart.isReadByVisit
    const before = isFollowed ? await patientHashes(session, mart, ofVisits) : undefined
    const slices = work.isWhole(mart)
      ? (await everyPatient(session, sources)).flatMap(one => patientSlices(mart.kind, one))
      : touched.flatMap(one => patientSlices(mart.kind, one, byVisit.get(one.source)))
    done.push(await writeSlices(session, model, mart, slices, months))
    // The marts after it read it.
    if (work.isWhole(mart)) await analyze(session, mart)
    if (before === undefined) continue
    addChanged(changed, ofVisits, before, await patientHashes(session, mart, ofVisits))
    byVisit = await visitSlices(session, ofVisits, changes.sources, changed)
  }
  return done
}

async function touchedPatients(session: Session, changes: Changes): Promise<readonly Touched[]> {
  const touched: Touched[] = []
  for (const [source, { patients: named, hours }] of changes.sources) {
    const { patients, read } =
      named === 'all' ? { patients: named, read: named } : await heldWith(session, source, named)
    const parts = hours === null ? [] : await hourParts(session, source, patients, hours)
    touched.push({ source, patients, read, days: await daysOf(session, source, read), hours: parts })
  }
  return touched
}

/** Who holds or held a visit or entity of those who are named, and who of these, whose rows say what is true of the first. */
async function heldWith(
  session: Session,
  source: string,
  named: ReadonlySet<string>,
): Promise<{ readonly patients: readonly string[]; readonly read: readonly string[] }> {
  const patients = await coHolders(session, source, [...named])
  const added = patients.filter(one => !named.has(one))
  return { patients, read: [...new Set([...patients, ...(await coHolders(session, source, added))])] }
}

async function everyPatient(session: Session, sources: readonly string[]): Promise<readonly Touched[]> {
  const touched: Touched[] = []
  for (const source of sources) {
    const hours = await hourParts(session, source, 'all', allHours)
    touched.push({ source, patients: 'all', read: 'all', days: 'all', hours })
  }
  return touched
}
