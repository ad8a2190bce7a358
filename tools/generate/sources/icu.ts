import { dateOf, timeOf } from '../days.ts'
import type { Delivery, GeneratedSource } from '../delivery.ts'
import { Breaker, type Fault, write } from '../fault.ts'
import { patientId, personOf } from '../people.ts'
import { csvFile, csvLine, type Chunk } from '../chunk.ts'
import { randomOf } from '../random.ts'
import { type BedDay, bedDay, type Stay } from './beds.ts'
import { signalFaults, signalChunks } from './icu-signals.ts'

interface Admission extends Record<string, string> {
  readonly patient_id: string
  readonly admission_id: string
  readonly admitted_at: string
  readonly discharged_at: string
  readonly admission_type: string
  readonly unit: string
}

interface Age extends Record<string, string> {
  readonly patient_id: string
  readonly age: string
}

const files = { admission: 'admission.csv', age: 'age.csv', signal: 'signal.csv' } as const

const admissionFaults: readonly Fault<Admission>[] = [
  {
    name: 'discharged_before_admitted',
    table: 'visits',
    column: null,
    rule: 'discharged_at_before_admitted_at',
    drops: ['discharged_at', 'discharged_on'],
    break: record => ({ ...record, discharged_at: record.admitted_at.replace(/..:..:00Z$/, '00:00:00Z') }),
  },
  {
    name: 'admission_type_unknown',
    table: 'visits',
    column: 'admission_type',
    rule: 'one_of',
    break: record => ({ ...record, admission_type: 'whenever' }),
  },
  {
    name: 'admitted_at_in_words',
    table: 'visits',
    column: 'admitted_at',
    rule: 'pattern',
    break: record => ({ ...record, admitted_at: 'this morning' }),
  },
  {
    name: 'admission_id_missing',
    table: 'visits',
    column: 'visit_id',
    rule: 'required',
    break: record => ({ ...record, admission_id: '' }),
  },
  {
    name: 'admission_with_a_field_too_many',
    table: 'admission',
    column: null,
    rule: 'columns',
    break: record => ({ ...record, more: 'one too many' }),
  },
]

const ageFaults: readonly Fault<Age>[] = [
  {
    name: 'age_in_words',
    table: 'patients',
    column: 'age_years',
    rule: 'pattern',
    break: record => ({ ...record, age: 'old' }),
  },
  {
    name: 'age_out_of_range',
    table: 'patients',
    column: 'age_years',
    rule: 'range',
    break: record => ({ ...record, age: '451' }),
  },
  {
    name: 'two_ages',
    table: 'patients',
    column: null,
    rule: 'conflict',
    break: record => ({ ...record, age: String(Number(record.age) + 1) }),
  },
]

/**
 * Intensive care with beds that are never empty. A day delivers the stays that began or ended on it and, on the first
 * day of a series, all current stays. Signals come from every bed, also for patients who are in no other file of the
 * day.
 */
export const icu: GeneratedSource = {
  files: () => [
    csvFile(files.admission, ['patient_id', 'admission_id', 'admitted_at', 'discharged_at', 'admission_type', 'unit']),
    csvFile(files.age, ['patient_id', 'age']),
    csvFile(files.signal, ['patient_id', 'measured_at', 'parameter', 'value']),
  ],
  faults: [...admissionFaults, ...ageFaults, ...signalFaults].map(fault => fault.name),
  chunks: function* (delivery) {
    const beds = Array.from({ length: delivery.patients }, (_, bed) => bedDay(delivery, bed))
    yield* admissionChunks(delivery, beds)
    yield* ageChunks(delivery, beds)
    yield* signalChunks(files.signal, delivery, beds)
  },
}

function* admissionChunks(delivery: Delivery, beds: readonly BedDay[]): Generator<Chunk> {
  const breaker = new Breaker(randomOf(delivery.seed, delivery.source, delivery.day, 'admission'), delivery.broken)
  for (const { minute, leaving, staying } of beds) {
    for (const stay of [...(leaving === undefined ? [] : [leaving]), ...named(delivery, staying)]) {
      const record = admissionOf(delivery, stay, minute, stay === leaving)
      yield* write(files.admission, record, csvLine, breaker, admissionFaults).chunks
    }
  }
}

function* ageChunks(delivery: Delivery, beds: readonly BedDay[]): Generator<Chunk> {
  const breaker = new Breaker(randomOf(delivery.seed, delivery.source, delivery.day, 'age'), delivery.broken)
  for (const { leaving, staying } of beds) {
    const newOnes = [...(leaving === undefined || !delivery.isFirst ? [] : [leaving]), ...named(delivery, staying)]
    for (const { patientNo } of newOnes) {
      const record = { patient_id: patientId(patientNo), age: String(ageOf(delivery, patientNo)) }
      yield* write(files.age, record, csvLine, breaker, ageFaults).chunks
    }
  }
}

/** The stay, if this day delivers it. */
const named = ({ day, isFirst }: Delivery, staying: Stay): readonly Stay[] =>
  isFirst || staying.from === day ? [staying] : []

function admissionOf({ seed, source }: Delivery, stay: Stay, minute: number, hasLeft: boolean): Admission {
  const random = randomOf(seed, source, 'stay', stay.id)
  return {
    patient_id: patientId(stay.patientNo),
    admission_id: stay.id,
    admitted_at: timeOf(stay.from, minute),
    discharged_at: hasLeft ? timeOf(stay.until, minute) : '',
    admission_type: random.pick(['emergency', 'urgent', 'elective']),
    unit: `ICU ${(stay.bed % 8) + 1}`,
  }
}

function ageOf({ seed, day }: Delivery, patientNo: number): number {
  const { birthDate } = personOf(seed, patientNo)
  const today = dateOf(day)
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4))
  return Math.max(0, today.slice(5) < birthDate.slice(5) ? years - 1 : years)
}
