import { authors, conditions } from '../facility.ts'
import { compact, dateOf } from '../days.ts'
import type { Delivery, GeneratedSource } from '../delivery.ts'
import { Breaker, type Fault, write } from '../fault.ts'
import { patientId, personOf } from '../people.ts'
import { ndjsonFile, type QuarantineEntry } from '../chunk.ts'
import { randomOf } from '../random.ts'

interface Diagnosis {
  readonly code: string
  readonly description: string
  readonly treatments: readonly { readonly drug: string; readonly dose: string }[]
}

interface Visit {
  readonly visit_id: string | null
  readonly date: string
  readonly diagnoses: readonly Diagnosis[]
  readonly provider_notes: { readonly text: string; readonly author: string }
}

interface VisitEvents {
  readonly patient_id: string
  readonly name: string | null
  readonly visits: readonly Visit[]
  /** Replaces the visits, to give the record another shape. */
  readonly shapeless?: string
}

/** Names of the fields that differ between hospitals. */
export interface FieldNames {
  readonly drug: string
  readonly dose: string
  readonly author: string
}

const file = 'visit_events.ndjson'

/** Nested visit events: one record per patient, with one or two visits of the day. */
export function visitEvents(names: FieldNames): GeneratedSource {
  return {
    files: () => [ndjsonFile(file)],
    faults: faults.map(fault => fault.name),
    chunks: function* (delivery) {
      const breaker = new Breaker(randomOf(delivery.seed, delivery.source, delivery.day, 'broken'), delivery.broken)
      for (let no = 0; no < delivery.patients; no++) {
        yield* write(file, recordOf(delivery, no), record => textOf(record, names), breaker, faults).chunks
      }
    },
  }
}

function recordOf({ seed, source, day }: Delivery, no: number): VisitEvents {
  const person = personOf(seed, no)
  const random = randomOf(seed, source, day, no)
  const visits = Array.from({ length: random.int(1, 2) }, (_, visit) => ({
    visit_id: `V-${compact(day)}-${no}-${visit + 1}`,
    date: dateOf(day),
    diagnoses: Array.from({ length: random.int(1, 2) }, () => {
      const condition = random.pick(conditions)
      return {
        code: `ICD-10:${condition.icd10}`,
        description: condition.name,
        treatments: condition.drugs
          .slice(0, random.int(1, condition.drugs.length))
          .map(drug => ({ drug: drug.name, dose: drug.dose })),
      }
    }),
    provider_notes: { text: random.pick(['stable', 'improving', 'see letter']), author: random.pick(authors) },
  }))
  return { patient_id: patientId(no), name: `${person.firstName} ${person.lastName}`, visits }
}

function textOf({ shapeless, ...record }: VisitEvents, names: FieldNames): string {
  const visits = record.visits.map(visit => ({
    ...visit,
    diagnoses: visit.diagnoses.map(diagnosis => ({
      ...diagnosis,
      treatments: diagnosis.treatments.map(({ drug, dose }) => ({ [names.drug]: drug, [names.dose]: dose })),
    })),
    provider_notes: { text: visit.provider_notes.text, [names.author]: visit.provider_notes.author },
  }))
  return JSON.stringify({ ...record, visits: shapeless ?? visits })
}

const faults: readonly Fault<VisitEvents>[] = [
  {
    name: 'patient_id_too_long',
    table: 'patients',
    column: 'patient_id',
    rule: 'length',
    break: record => ({ ...record, patient_id: 'P'.repeat(256) }),
    entries: record => [
      { table: 'patients', column: 'patient_id', rule: 'length' },
      ...rowsBelow(record.visits, (table): QuarantineEntry => ({ table, column: 'patient_id', rule: 'length' })),
    ],
  },
  {
    name: 'patient_name_with_nul',
    table: 'patients',
    column: 'name',
    rule: 'nul',
    break: record => ({ ...record, name: 'Nul\u0000Sample' }),
    entries: record => [{ table: 'patients', column: 'name', rule: 'nul' }, ...rowsBelow(record.visits, parent)],
  },
  {
    name: 'visit_date_of_no_calendar',
    table: 'visits',
    column: 'visit_date',
    rule: 'cast',
    break: record => withFirst(record, visit => ({ ...visit, date: '2023-02-30' })),
    entries: record => [
      { table: 'visits', column: 'visit_date', rule: 'cast' },
      ...rowsBelow(record.visits.slice(0, 1), parent).slice(1),
    ],
  },
  {
    name: 'visit_date_in_words',
    table: 'visits',
    column: 'visit_date',
    rule: 'pattern',
    break: record => withFirst(record, visit => ({ ...visit, date: 'yesterday' })),
    entries: record => [
      { table: 'visits', column: 'visit_date', rule: 'pattern' },
      ...rowsBelow(record.visits.slice(0, 1), parent).slice(1),
    ],
  },
  {
    name: 'diagnosis_code_too_long',
    table: 'diagnoses',
    column: 'diagnosis_code',
    rule: 'length',
    break: record =>
      withFirst(record, ({ diagnoses: [first, ...others], ...visit }) => ({
        ...visit,
        diagnoses: first === undefined ? [] : [{ ...first, code: `ICD-10:${'E'.repeat(256)}` }, ...others],
      })),
    entries: ({ visits: [visit] }) => [
      { table: 'diagnoses', column: 'diagnosis_code', rule: 'length' },
      ...(visit?.diagnoses[0]?.treatments ?? []).map(() => parent('treatments')),
    ],
  },
  {
    name: 'visits_are_a_text',
    table: 'visit_events',
    column: null,
    rule: 'shape',
    break: record => ({ ...record, shapeless: 'none' }),
  },
]

function parent(table: string): QuarantineEntry {
  return { table, column: null, rule: 'parent' }
}

/** One entry for every visit and every row below it, in the order of the visits. */
function rowsBelow(visits: readonly Visit[], entryOf: (table: string) => QuarantineEntry): readonly QuarantineEntry[] {
  return visits.flatMap(({ diagnoses }) => [
    entryOf('visits'),
    ...diagnoses.flatMap(({ treatments }) => [entryOf('diagnoses'), ...treatments.map(() => entryOf('treatments'))]),
  ])
}

function withFirst(record: VisitEvents, change: (visit: Visit) => Visit): VisitEvents {
  const [first, ...others] = record.visits
  return first === undefined ? record : { ...record, visits: [change(first), ...others] }
}
