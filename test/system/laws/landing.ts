import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Batch, compactDate, transformerOf } from '../../../pipelines/source/batch.ts'
import { randomFrom } from './random.ts'

interface Treatment {
  readonly drug: string
  readonly dose: string
}

interface Diagnosis {
  readonly code: string
  readonly description: string
  readonly treatments: readonly Treatment[]
}

interface Visit {
  readonly visit_id: string
  readonly date: string
  readonly diagnoses: readonly Diagnosis[]
  readonly provider_notes: { readonly text: string; readonly author: string }
}

/** One record of a delivery of source_a. */
export interface VisitEvents {
  readonly patient_id: string
  readonly name: string
  readonly visits: readonly Visit[]
}

/** What a generated delivery is made from. */
export interface DeliveryPlan {
  readonly seed: number
  readonly patients: number
  /** Stands in every row: the patient's name, the note, the diagnosis, the drug. */
  readonly mark: string
}

const atMost = (random: () => number, count: number): number => Math.floor(random() * count)

/** Makes a delivery: plainly synthetic, and the same for the same plan. Every visit has a diagnosis with a drug. */
export function visitEvents({ seed, patients, mark }: DeliveryPlan): VisitEvents[] {
  const random = randomFrom(seed)
  const several = <T>(most: number, make: (index: number) => T): T[] =>
    Array.from({ length: 1 + atMost(random, most) }, (_, index) => make(index))
  return Array.from({ length: patients }, (_, patient) => ({
    patient_id: `P-${patient}`,
    name: mark,
    visits: several(2, visit => ({
      visit_id: `V-${patient}-${visit}`,
      date: `2023-04-${10 + atMost(random, 20)}`,
      diagnoses: several(2, () => ({
        code: `ICD-10:E${10 + atMost(random, 80)}.${atMost(random, 10)}`,
        description: mark,
        treatments: several(2, () => ({ drug: mark, dose: `${1 + atMost(random, 900)} mg` })),
      })),
      provider_notes: { text: mark, author: `Dr. Test ${atMost(random, 9)}` },
    })),
  }))
}

/** Rows that a delivery is to become, per table. */
export function rowsOfDelivery(events: readonly VisitEvents[]): Readonly<Record<string, number>> {
  const visits = events.flatMap(event => event.visits)
  const diagnoses = visits.flatMap(visit => visit.diagnoses)
  const treatments = diagnoses.flatMap(diagnosis => diagnosis.treatments)
  return {
    patients: events.length,
    visits: visits.length,
    diagnoses: diagnoses.length,
    treatments: treatments.length,
  }
}

/** Writes a delivery where a batch looks for it, in the words of its source. */
export function deliver(landing: string, batch: Batch, events: readonly VisitEvents[]): void {
  const folder = join(landing, batch.source, compactDate(batch.date))
  mkdirSync(folder, { recursive: true })
  const records = transformerOf(batch.source) === 'source_b' ? inWordsOfB(events) : events
  writeFileSync(join(folder, 'visit_events.json'), JSON.stringify(records))
}

function inWordsOfB(events: readonly VisitEvents[]): unknown {
  const names: Readonly<Record<string, string>> = { author: 'author_test', drug: 'drug_test', dose: 'dose_test' }
  const renamed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(renamed)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [names[key] ?? key, renamed(inner)]))
  }
  return renamed(events)
}
