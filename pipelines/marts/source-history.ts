import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import type { MartModel } from './definitions.ts'

/** What `readmission_risk` takes from a source as a whole: a row of mart.source_history, the days as text. */
interface SourceHistory {
  readonly source: string
  readonly emergency_from: string | null
  readonly inpatient_from: string | null
  readonly icu_from: string | null
  readonly codes_procedures: boolean
}

/** The rows of mart.source_history by source; none if there is no such mart. */
export async function sourceHistories(
  session: Session,
  { marts }: MartModel,
): Promise<ReadonlyMap<string, SourceHistory>> {
  if (marts.every(({ name }) => name !== 'source_history')) return new Map()
  const found = await session.query<SourceHistory>(
    `select source, emergency_from::text, inpatient_from::text, icu_from::text, codes_procedures
     from mart.source_history`,
  )
  return new Map(found.rows.map(row => [row.source, row] as const))
}

/**
 * The persons with a stay whose look back is another one with the new histories: of a source that delivers its past the first
 * day moves with each batch, and few stays begin in the months after it.
 */
export async function historyPersons(
  session: Session,
  before: ReadonlyMap<string, SourceHistory>,
  now: ReadonlyMap<string, SourceHistory>,
): Promise<readonly string[]> {
  const persons: string[] = []
  for (const source of new Set([...before.keys(), ...now.keys()])) {
    const [old, fresh] = [before.get(source), now.get(source)]
    if (JSON.stringify(old) === JSON.stringify(fresh)) continue
    const found = await session.query<{ person_id: string }>(readSql('sql/statements/marts/history_persons.sql'), [
      source,
      [old?.emergency_from, old?.inpatient_from, old?.icu_from].map(day => day ?? 'infinity'),
      [fresh?.emergency_from, fresh?.inpatient_from, fresh?.icu_from].map(day => day ?? 'infinity'),
      (old?.codes_procedures ?? false) !== (fresh?.codes_procedures ?? false),
    ])
    persons.push(...found.rows.map(row => row.person_id))
  }
  return persons
}
