import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import type { SourceChange } from './changes.ts'
import type { Ids } from './slice.ts'

/** The sources with a published batch, now or at the last refresh. */
export async function martSources(session: Session): Promise<readonly string[]> {
  const found = await session.query<{ source: string }>(readSql('sql/statements/marts/mart_sources.sql'))
  return found.rows.map(row => row.source)
}

/** Notes who holds which visit and which entity in the batches that are new to the marts. */
export async function addHolders(session: Session, changes: ReadonlyMap<string, SourceChange>): Promise<void> {
  const found = await session.query<{ source: string; tables: readonly string[] }>(
    readSql('sql/statements/marts/entity_tables.sql'),
  )
  const entities = new Map(found.rows.map(row => [row.source, row.tables] as const))
  for (const [source, { patients, newDays }] of changes) {
    // A source that is computed as a whole may be read in another way than before.
    const days = patients === 'all' ? null : newDays
    await session.query(readSql('sql/statements/marts/add_holders.sql'), [source, days, entities.get(source) ?? []])
  }
}

/** These patients, and all who have ever held a visit or an entity of theirs. */
export async function coHolders(
  session: Session,
  source: string,
  patients: readonly string[],
): Promise<readonly string[]> {
  const found = await session.query<{ patient_id: string }>(readSql('sql/statements/marts/co_holders.sql'), [
    source,
    patients,
  ])
  return found.rows.map(row => row.patient_id)
}

/** The days of the published batches that can hold rows of these patients. */
export async function daysOf(session: Session, source: string, patients: Ids): Promise<Ids> {
  if (patients === 'all') return 'all'
  const found = await session.query<{ days: readonly string[] }>(readSql('sql/statements/marts/days_of_patients.sql'), [
    source,
    patients,
  ])
  return found.rows[0]?.days ?? 'all'
}

/** The persons as whom the marts know these patients. */
export async function personsOf(
  session: Session,
  touched: readonly { readonly source: string; readonly patients: Ids }[],
): Promise<ReadonlySet<string>> {
  const persons = new Set<string>()
  for (const { source, patients } of touched) {
    const found = await session.query<{ person_id: string }>(readSql('sql/statements/marts/persons.sql'), [
      source,
      patients === 'all' ? null : patients,
    ])
    for (const row of found.rows) persons.add(row.person_id)
  }
  return persons
}

/** The patients of these persons in all sources, by position. */
export async function patientsOf(
  session: Session,
  persons: readonly string[],
): Promise<{ readonly sources: readonly string[]; readonly patients: readonly string[] }> {
  const found = await session.query<{ source: string; patient_id: string }>(
    readSql('sql/statements/marts/patients_of_persons.sql'),
    [persons],
  )
  return { sources: found.rows.map(row => row.source), patients: found.rows.map(row => row.patient_id) }
}
