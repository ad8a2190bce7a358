import type { Session } from '../platform/postgres.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import type { SourceChange } from './changes.ts'
import type { Mart, MartModel } from './definitions.ts'

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

/** Every patient of a source of whom the store or a mart holds a row. */
export async function allPatients(session: Session, model: MartModel, source: string): Promise<readonly string[]> {
  const tables = [...model.store].flatMap(([name, columns]) =>
    columns.includes('patient_id') ? [`store.${quoteIdent(name)}`] : [],
  )
  const marts = model.marts.flatMap(({ name, columns }) =>
    columns.includes('patient_id') && columns.includes('source') ? [`mart.${quoteIdent(name)}`] : [],
  )
  const parts = [...tables, ...marts].map(relation => `select patient_id from ${relation} where source = $1`)
  const found = await session.query<{ patient_id: string }>(parts.join(' union '), [source])
  return found.rows.flatMap(row => (row.patient_id === null ? [] : [row.patient_id]))
}

/** The persons as whom the marts know these patients. */
export async function personsOf(
  session: Session,
  source: string,
  patients: readonly string[],
): Promise<readonly string[]> {
  const found = await session.query<{ person_id: string }>(readSql('sql/statements/marts/persons.sql'), [
    source,
    patients,
  ])
  return found.rows.map(row => row.person_id)
}

/** Every person of a mart, and everyone whom it should have. */
export async function allPersons(session: Session, mart: Mart): Promise<readonly string[]> {
  const found = await session.query<{ person_id: string }>(
    `select person_id from mart.current_patients
     union select person_id from mart.person_visits
     union select person_id from mart.${quoteIdent(mart.name)}`,
  )
  return found.rows.map(row => row.person_id)
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
