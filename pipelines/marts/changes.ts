import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/** What changed in one source since the last refresh. */
export interface SourceChange {
  /** All patients of the source, or those whose rows can differ. */
  patients: 'all' | Set<string>
  /** The hours whose readings changed, of these patients; null if none did. */
  hours: HourSpan | null
  /** The days whose batches are new in the marts. */
  readonly newDays: string[]
  /** These, and the days whose batches are no longer what the marts hold. */
  readonly days: Set<string>
}

/** Full hours, in seconds since 1970: the first one, and the one after the last; infinite for all. */
export interface HourSpan {
  readonly from: number
  readonly until: number
}

/** What a refresh has to do. */
export interface Changes {
  readonly sources: ReadonlyMap<string, SourceChange>
  /** Persons with a stay that enters or leaves the run-out of a definition. */
  readonly runOutPersons: ReadonlySet<string>
  /** Every row of the marts by person, as after a change of a readmission definition. */
  readonly allPersons: boolean
  /** Every row of every mart, as after a change of the code systems. */
  readonly everything: boolean
  readonly inputs: readonly InputChange[]
}

/** A value that many rows depend on, see `sql/statements/marts/inputs.sql`. */
export interface Input {
  readonly input: string
  readonly source: string
  readonly name: string
  readonly value: string
}

/** An input before and now; undefined where it was not, or is no longer, there. */
export interface InputChange {
  readonly before: Input | undefined
  readonly now: Input | undefined
}

interface PendingRun {
  readonly run_id: string
  readonly source: string
  readonly batch_date: string
  readonly is_published: boolean
  readonly has_note: boolean
  readonly measured_from: number | null
  readonly measured_until: number | null
}

/** Reads what changed since the last refresh; it may name too many patients, never too few. */
export async function readChanges(session: Session): Promise<Changes> {
  const pending = await session.query<PendingRun>(readSql('sql/statements/marts/pending_runs.sql'))
  const inputs = await changedInputs(session)
  const sources = new Map<string, SourceChange>()
  const changeOf = (source: string): SourceChange => {
    const known = sources.get(source)
    if (known !== undefined) return known
    const made: SourceChange = { patients: new Set(), hours: null, newDays: [], days: new Set() }
    sources.set(source, made)
    return made
  }
  const noted = new Map<string, string[]>()
  for (const run of pending.rows) {
    const change = changeOf(run.source)
    change.days.add(run.batch_date)
    if (run.is_published) change.newDays.push(run.batch_date)
    if (!run.has_note) {
      change.patients = 'all'
      change.hours = allHours
      continue
    }
    noted.set(run.source, [...(noted.get(run.source) ?? []), run.run_id])
    if (run.measured_from !== null && run.measured_until !== null)
      change.hours = wider(change.hours, hoursOf(run.measured_from, run.measured_until))
  }
  const runOut = new Set<string>()
  let allPersons = false
  let everything = false
  for (const { before, now } of inputs) {
    const { input, source, name } = (now ?? before) as Input
    if (input === 'codes') everything = true
    else if (input === 'definitions') allPersons = true
    else if (input === 'newest') {
      for (const one of await runOutPersons(session, source, before?.value, now?.value)) runOut.add(one)
      const change = changeOf(source)
      for (const one of await openIcuPatients(session, source)) if (change.patients !== 'all') change.patients.add(one)
    } else if (input === 'full') {
      if (name.startsWith('measurements')) changeOf(source).hours = allHours
      for (const run of [before?.value, now?.value]) {
        if (run === undefined) continue
        noted.set(source, [...(noted.get(source) ?? []), run])
      }
    } else {
      const change = changeOf(source)
      change.patients = 'all'
      change.hours = allHours
    }
  }
  for (const [source, runs] of noted) await addNoted(session, changeOf(source), runs)
  return { sources, runOutPersons: runOut, allPersons, everything, inputs }
}

export const allHours: HourSpan = { from: -Infinity, until: Infinity }

const hour = 3600

/** An hour of early_warning begins a quarter before the full hour, so a reading can count in the hour after its own. */
function hoursOf(measuredFrom: number, measuredUntil: number): HourSpan {
  return { from: Math.floor(measuredFrom / hour) * hour, until: (Math.floor(measuredUntil / hour) + 2) * hour }
}

function wider(one: HourSpan | null, other: HourSpan): HourSpan {
  if (one === null) return other
  return { from: Math.min(one.from, other.from), until: Math.max(one.until, other.until) }
}

/** The patients of these versions; of the whole source if one of them has no note. */
async function addNoted(session: Session, change: SourceChange, runs: readonly string[]): Promise<void> {
  if (change.patients === 'all') return
  const distinct = [...new Set(runs)]
  const found = await session.query<{ notes: number; patients: readonly string[] }>(
    readSql('sql/statements/marts/noted_patients.sql'),
    [distinct],
  )
  const [row] = found.rows
  if (row?.notes !== distinct.length) {
    change.patients = 'all'
    change.hours = allHours
    return
  }
  for (const patient of row.patients) change.patients.add(patient)
}

async function runOutPersons(
  session: Session,
  source: string,
  before: string | undefined,
  now: string | undefined,
): Promise<readonly string[]> {
  const found = await session.query<{ person_id: string }>(readSql('sql/statements/marts/run_out_persons.sql'), [
    source,
    before ?? null,
    now ?? null,
  ])
  return found.rows.map(row => row.person_id)
}

async function openIcuPatients(session: Session, source: string): Promise<readonly string[]> {
  const found = await session.query<{ patient_id: string }>(readSql('sql/statements/marts/open_icu_patients.sql'), [
    source,
  ])
  return found.rows.map(row => row.patient_id)
}

/** What has other values than at the last refresh. */
export async function changedInputs(session: Session): Promise<readonly InputChange[]> {
  const held = await session.query<Input>('select input, source, name, value from caseload.mart_inputs')
  const now = await session.query<Input>(readSql('sql/statements/marts/inputs.sql'))
  const keyOf = ({ input, source, name }: Input): string => JSON.stringify([input, source, name])
  const before = new Map(held.rows.map(row => [keyOf(row), row] as const))
  const after = new Map(now.rows.map(row => [keyOf(row), row] as const))
  return [...new Set([...before.keys(), ...after.keys()])]
    .map(key => ({ before: before.get(key), now: after.get(key) }))
    .filter(change => change.before?.value !== change.now?.value)
}

/** Records the changed inputs as those that the marts are made from. */
export async function writeInputs(session: Session, changes: readonly InputChange[]): Promise<void> {
  if (changes.length === 0) return
  const columns = (rows: readonly Input[]): readonly (readonly string[])[] => [
    rows.map(row => row.input),
    rows.map(row => row.source),
    rows.map(row => row.name),
    rows.map(row => row.value),
  ]
  const gone = changes.flatMap(({ before }) => (before === undefined ? [] : [before]))
  const added = changes.flatMap(({ now }) => (now === undefined ? [] : [now]))
  await session.query(readSql('sql/statements/marts/remove_inputs.sql'), [...columns(gone)].slice(0, 3))
  await session.query(readSql('sql/statements/marts/add_inputs.sql'), [...columns(added)])
}
