import { readFileSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { root } from '../helpers/cli.ts'
import { type Stay, withStays } from './stays.ts'

/** What readmission_risk says of one stay. */
export interface Risk {
  readonly points: number | null
  readonly least_points: number
  readonly parts: Readonly<Record<string, number | null>>
  readonly missing: readonly string[]
  readonly complete: boolean
  readonly band: string | null
  readonly probability: number | null
}

/** Gives some work a session on a database in which everybody has a past. */
export async function withPast(t: ExecutionContext, work: (session: Session) => Promise<void>): Promise<void> {
  await withStays(t, async session => {
    await session.query(readFileSync(`${root}test/views/risk.sql`, 'utf8'))
    await work(session)
  })
}

/** What a model says of one stay, of which it must have one row. */
export async function risk(session: Session, model: string, visit: string): Promise<Risk> {
  const found = await session.query<{ risk: string }>(
    `select row_to_json(r)::text as risk from clinical.readmission_risk as r where model = $1 and visit_id = $2`,
    [model, visit],
  )
  if (found.rows.length !== 1) throw new Error(`${found.rows.length} rows of ${model} for ${visit}`)
  return JSON.parse(found.rows[0]?.risk ?? '') as Risk
}

/** The same of several stays. */
export async function risks(session: Session, model: string, visits: readonly string[]): Promise<readonly Risk[]> {
  const found: Risk[] = []
  for (const visit of visits) found.push(await risk(session, model, visit))
  return found
}

/** Adds codes to a stay. */
export async function addDiagnoses(
  session: Session,
  visit: string,
  codes: readonly string[],
  system = 'ICD-10',
): Promise<void> {
  await session.query(
    `insert into store.diagnoses (source, batch_date, patient_id, visit_id, diagnosis_no, code_system, diagnosis_code)
     select 'a', '2023-06-30', v.patient_id, v.visit_id, d.no, $3, d.code
     from store.visits as v cross join unnest($2::text[]) with ordinality as d (code, no) where v.visit_id = $1`,
    [visit, codes, system],
  )
}

/** One reading. */
export type Reading = readonly [patient: string, at: string, type: string, value: number, unit: string]

/** Adds readings of patients. */
export async function addReadings(session: Session, readings: readonly Reading[]): Promise<void> {
  for (const [patient, at, type, value, unit] of readings) {
    await session.query(
      `insert into store.measurements
         (source, batch_date, patient_id, measured_at, type, device_id, reading_no, value, unit)
       values ('a', '2023-06-30', $1, $2::timestamp at time zone 'Europe/Amsterdam', $3, '', 0, $4, $5)`,
      [patient, at, type, value, unit],
    )
  }
}

/** A stay that came through the emergency room. */
export const emergency = (patient: string, visit: string, on: string, more: Partial<Stay> = {}): Stay => ({
  patient,
  visit,
  from: on,
  to: on,
  type: 'emergency',
  disposition: 'home',
  ...more,
})

/** A probability with one digit. */
export const percent = (probability: number | null): string => (100 * (probability ?? NaN)).toFixed(1)

/** Rows of a query, as objects. */
export async function rowsIn(session: Session, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (await session.query<Record<string, unknown>>(text)).rows
}
