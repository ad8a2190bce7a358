import type { View } from '../ledger/list-views.ts'
import type { Session } from '../platform/postgres.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import { allHours, type Changes, readChanges, type SourceChange, writeInputs } from './changes.ts'
import { refreshStatement, type Slice } from './compose.ts'
import { type Mart, type MartModel, readModel } from './definitions.ts'
import { hasMarts, makeMarts, makeSchemas, notedMarts } from './make-marts.ts'
import { inSnapshot } from './snapshot.ts'
import { addHolders, allPatients, allPersons, coHolders, martSources, patientsOf, personsOf } from './touched.ts'

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
  readonly patients: readonly string[]
  readonly read: readonly string[]
  readonly hours: SourceChange['hours']
}

async function refresh(session: Session, work: Work): Promise<readonly RefreshedMart[]> {
  const { model, changes } = work
  const sources = await martSources(session)
  await addHolders(session, changes.sources)
  const touched = await touchedPatients(session, work)
  const persons = new Set(changes.persons === 'all' ? [] : changes.persons)
  const addPersons = async (): Promise<void> => {
    for (const { source, patients } of touched) {
      for (const person of await personsOf(session, source, patients)) persons.add(person)
    }
  }
  // Before and after: a patient may leave one person for another.
  await addPersons()
  const done: RefreshedMart[] = []
  let isAfter = false
  for (const mart of model.marts) {
    work.signal.throwIfAborted()
    if (!isAfter && mart.kind !== 'patient' && mart.kind !== 'hour') {
      await addPersons()
      isAfter = true
    }
    const whole = work.isWhole(mart)
    const slices =
      mart.kind === 'whole'
        ? [{ by: 'whole' } as const]
        : mart.kind === 'person'
          ? await personSlices(session, mart, whole || changes.persons === 'all' ? 'all' : persons)
          : whole
            ? await wholeSlices(session, model, mart, sources)
            : touched.flatMap(one => patientSlices(mart.kind, one))
    done.push(await writeSlices(session, model, mart, slices))
    if (whole) await session.query(`analyze mart.${quoteIdent(mart.name)}`)
  }
  return done
}

async function touchedPatients(session: Session, { model, changes }: Work): Promise<readonly Touched[]> {
  const touched: Touched[] = []
  for (const [source, change] of changes.sources) {
    const named = change.patients === 'all' ? await allPatients(session, model, source) : [...change.patients]
    const patients = await coHolders(session, source, named)
    touched.push({ source, patients, read: await coHolders(session, source, patients), hours: change.hours })
  }
  return touched
}

/** Measured: with more patients a slice the arrays cost more than the passes over a source. */
const sliceSize = 20_000

function chunks<T>(all: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / sliceSize)
  return Array.from({ length: count }, (_, at) => all.slice(at * sliceSize, (at + 1) * sliceSize))
}

function patientSlices(kind: Mart['kind'], { source, patients, read, hours }: Touched): readonly Slice[] {
  if (kind === 'hour') {
    if (hours === null) return []
    return chunks(patients).map(slice => ({ by: 'hour', source, patients: slice, span: hours }))
  }
  return chunks(patients).map(slice => ({ by: 'patient', source, patients: slice, read }))
}

async function wholeSlices(
  session: Session,
  model: MartModel,
  mart: Mart,
  sources: readonly string[],
): Promise<readonly Slice[]> {
  const all: Slice[] = []
  for (const source of sources) {
    const patients = await allPatients(session, model, source)
    all.push(...patientSlices(mart.kind, { source, patients, read: patients, hours: allHours }))
  }
  return all
}

async function personSlices(
  session: Session,
  mart: Mart,
  persons: 'all' | ReadonlySet<string>,
): Promise<readonly Slice[]> {
  const slices: Slice[] = []
  for (const slice of chunks(persons === 'all' ? await allPersons(session, mart) : [...persons])) {
    const { sources, patients } = await patientsOf(session, slice)
    slices.push({ by: 'person', persons: slice, sources, patients })
  }
  return slices
}

async function writeSlices(
  session: Session,
  model: MartModel,
  mart: Mart,
  slices: readonly Slice[],
): Promise<RefreshedMart> {
  let removed = 0
  let added = 0
  for (const slice of slices) {
    const { text, values } = refreshStatement(model, mart, slice)
    const found = await session.query<{ removed: number; added: number }>(text, [...values])
    removed += found.rows[0]?.removed ?? 0
    added += found.rows[0]?.added ?? 0
  }
  return { mart: mart.name, removed, added }
}
