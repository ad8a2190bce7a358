import type { Session } from '../platform/postgres.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import type { SourceChange } from './changes.ts'
import type { Mart } from './definitions.ts'
import type { Slice } from './slice.ts'
import { coHolders, daysOf } from './touched.ts'
import type { Touched } from './write-slices.ts'

/** Some patients of a source. */
export interface SourcePatients {
  readonly source: string
  readonly patients: readonly string[]
}

/** What a refresh recomputes of the marts by visit, by source. */
export type VisitSlices = ReadonlyMap<string, readonly Slice[]>

/**
 * The sources whose touched visits are recomputed one by one, with the patients at hand. A source that is recomputed as a whole is
 * not among them, nor one whose children are rows of their own or whose lists are all there is.
 */
export async function visitSources(session: Session, touched: readonly Touched[]): Promise<readonly SourcePatients[]> {
  const found = await session.query<{ source: string }>(readSql('sql/statements/marts/visit_sources.sql'))
  const sources = new Set(found.rows.map(row => row.source))
  return touched.flatMap(({ source, patients }) =>
    patients === 'all' || !sources.has(source) ? [] : [{ source, patients }],
  )
}

/**
 * The slices of a mart by visit that a change needs: the visits of the batches that changed. The rows of a patient without a visit
 * depend on all that the patient has, so such a patient is recomputed as a whole.
 *
 * @param changed whose rows in a mart by patient are other ones than before: all their visits are recomputed
 * @returns nothing for a source where it is simpler to recompute all touched patients
 */
export async function visitSlices(
  session: Session,
  sources: readonly SourcePatients[],
  changes: ReadonlyMap<string, SourceChange>,
  changed: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<VisitSlices> {
  const slices = new Map<string, readonly Slice[]>()
  for (const { source, patients } of sources) {
    const alone = await alonePatients(session, source, patients)
    if (alone.length * 2 > patients.length) continue
    const days = [...(changes.get(source)?.days ?? [])]
    slices.set(source, [
      ...(await sliceOfVisits(session, source, days, [...(changed.get(source) ?? [])])),
      ...(await sliceOfPatients(session, source, alone)),
    ])
  }
  return slices
}

async function sliceOfVisits(
  session: Session,
  source: string,
  changedDays: readonly string[],
  changedPatients: readonly string[],
): Promise<readonly Slice[]> {
  const found = await session.query<Record<'visits' | 'patients' | 'days', readonly string[]>>(
    readSql('sql/statements/marts/touched_visits.sql'),
    [source, changedDays, changedPatients],
  )
  const [row] = found.rows
  return row === undefined || row.visits.length === 0 ? [] : [{ by: 'visit', source, ...row }]
}

async function sliceOfPatients(
  session: Session,
  source: string,
  patients: readonly string[],
): Promise<readonly Slice[]> {
  if (patients.length === 0) return []
  const read = await coHolders(session, source, patients)
  return [{ by: 'patient', source, patients, read, days: await daysOf(session, source, read) }]
}

async function alonePatients(
  session: Session,
  source: string,
  patients: readonly string[],
): Promise<readonly string[]> {
  const found = await session.query<{ patient_id: string }>(readSql('sql/statements/marts/alone_patients.sql'), [
    source,
    patients,
  ])
  return found.rows.map(row => row.patient_id)
}

/** What a mart by patient holds of some patients, by source and patient: a hash over all columns but the day of the batch. */
export type PatientHashes = ReadonlyMap<string, ReadonlyMap<string, string>>

export async function patientHashes(
  session: Session,
  mart: Mart,
  sources: readonly SourcePatients[],
): Promise<PatientHashes> {
  const columns = mart.columns.filter(name => name !== 'batch_date').map(name => `${quoteIdent(name)}::text`)
  const hashes = new Map<string, ReadonlyMap<string, string>>()
  for (const { source, patients } of sources) {
    const found = await session.query<{ patient_id: string; hash: string }>(
      `select patient_id, md5(string_agg(line, '|' order by line)) as hash
       from (
         select patient_id, array[${columns.join(', ')}]::text as line
         from mart.${quoteIdent(mart.name)}
         where source = $1 and patient_id = any (array(select unnest($2::text[])))
       ) as lines
       group by patient_id`,
      [source, patients],
    )
    hashes.set(source, new Map(found.rows.map(row => [row.patient_id, row.hash] as const)))
  }
  return hashes
}

/** Adds the patients whose hash is another one now. */
export function addChanged(
  changed: Map<string, ReadonlySet<string>>,
  sources: readonly SourcePatients[],
  before: PatientHashes,
  now: PatientHashes,
): void {
  for (const { source, patients } of sources) {
    const others = patients.filter(patient => before.get(source)?.get(patient) !== now.get(source)?.get(patient))
    changed.set(source, new Set([...(changed.get(source) ?? []), ...others]))
  }
}
