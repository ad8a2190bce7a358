import { timeOf } from '../days.ts'
import type { Delivery, GeneratedSource } from '../delivery.ts'
import { Breaker, type Fault, inputName, write } from '../fault.ts'
import { times } from '../event-outcome.ts'
import { type Person, personOf } from '../people.ts'
import { csvFile, csvLine, jsonFile, type QuarantineEntry, type Chunk } from '../chunk.ts'
import { randomOf } from '../random.ts'

interface Member {
  readonly name: unknown
  readonly dob: string
  readonly gender: string
  readonly address: string
  readonly email: string
  readonly phone: string
}

interface Reading extends Record<string, string> {
  readonly patient_email: string
  readonly timestamp: string
  readonly glucose_mg_dL: string
  readonly bp_systolic: string
  readonly bp_diastolic: string
  readonly weight_kg: string
}

const files = { patients: 'patients.json', readings: 'readings.csv' } as const

const memberFaults: readonly Fault<Member>[] = [
  {
    name: 'birth_date_of_no_calendar',
    table: 'patients',
    column: 'birth_date',
    rule: 'cast',
    break: record => ({ ...record, dob: '1983-02-29' }),
  },
  {
    name: 'born_tomorrow',
    table: 'patients',
    column: null,
    rule: 'birth_in_future',
    break: record => ({ ...record, dob: '2299-01-01' }),
  },
  {
    name: 'gender_of_no_list',
    table: 'patients',
    column: 'gender',
    rule: 'one_of',
    break: record => ({ ...record, gender: 'n/a' }),
  },
  {
    name: 'address_empty',
    table: 'patients',
    column: 'patient_id',
    rule: 'length',
    break: record => ({ ...record, email: ' ' }),
  },
  {
    name: 'two_birth_dates',
    table: 'patients',
    column: null,
    rule: 'conflict',
    break: record => ({ ...record, dob: record.dob === '1980-01-01' ? '1980-01-02' : '1980-01-01' }),
  },
  {
    name: 'name_is_a_list',
    table: inputName('patients'),
    column: null,
    rule: 'shape',
    break: record => ({ ...record, name: [record.name] }),
  },
]

const readingFaults: readonly Fault<Reading>[] = [
  {
    name: 'glucose_in_words',
    table: 'measurements',
    column: 'value',
    rule: 'pattern',
    break: record => ({ ...record, glucose_mg_dL: 'high' }),
  },
  {
    name: 'blood_pressure_in_one_cell',
    table: 'measurements',
    column: 'value',
    rule: 'pattern',
    break: record => ({ ...record, bp_systolic: '120/80' }),
  },
  {
    name: 'reading_time_in_words',
    table: 'measurements',
    column: 'measured_at',
    rule: 'pattern',
    break: record => ({ ...record, timestamp: 'noon' }),
    entries: perCell('measured_at', 'pattern'),
  },
  {
    name: 'reading_of_nobody',
    table: 'measurements',
    column: 'patient_id',
    rule: 'required',
    break: record => ({ ...record, patient_email: '' }),
    entries: perCell('patient_id', 'required'),
  },
  {
    name: 'reading_with_a_field_too_many',
    table: 'readings',
    column: null,
    rule: 'columns',
    break: record => ({ ...record, more: 'one too many' }),
  },
]

/**
 * Biometrics that people measure themselves, four times a day. The first day of a series delivers all people, each
 * later day some of them again.
 */
export const biometrics: GeneratedSource = {
  files: () => [
    jsonFile(files.patients),
    csvFile(files.readings, [
      ...['patient_email', 'timestamp', 'glucose_mg_dL', 'bp_systolic', 'bp_diastolic', 'weight_kg'],
    ]),
  ],
  faults: [...memberFaults, ...readingFaults].map(fault => fault.name),
  chunks: function* (delivery) {
    const { seed, source, day, isFirst } = delivery
    const members = new Breaker(randomOf(seed, source, day, 'patients'), delivery.broken)
    const readings = new Breaker(randomOf(seed, source, day, 'readings'), delivery.broken)
    for (let no = 0; no < delivery.patients; no++) {
      const person = personOf(seed, no)
      if (isFirst || (no + day) % 30 === 0) {
        yield* write(files.patients, memberOf(person), record => JSON.stringify(record), members, memberFaults).chunks
      }
      yield* readingChunks(delivery, person, readings)
    }
  },
}

function memberOf({ firstName, lastName, birthDate, gender, address, email, phone }: Person): Member {
  return { name: `${firstName} ${lastName}`, dob: birthDate, gender, address, email, phone }
}

function* readingChunks({ seed, source, day }: Delivery, person: Person, breaker: Breaker): Generator<Chunk> {
  const random = randomOf(seed, source, day, person.no)
  for (const [place, hour] of [7, 12, 17, 21].entries()) {
    const hasPressure = random.chance(0.5)
    const record = {
      patient_email: person.email,
      timestamp: timeOf(day, hour * 60 + random.int(0, 59)),
      glucose_mg_dL: String(random.int(70, 220)),
      bp_systolic: hasPressure ? String(random.int(100, 170)) : '',
      bp_diastolic: hasPressure ? String(random.int(55, 95)) : '',
      weight_kg: place === 0 ? (random.int(480, 1200) / 10).toFixed(1) : '',
    }
    yield* write(files.readings, record, csvLine, breaker, readingFaults).chunks
  }
}

/** One entry for every cell with a value. */
function perCell(column: string, rule: string): (record: Reading) => readonly QuarantineEntry[] {
  return ({ glucose_mg_dL, bp_systolic, bp_diastolic, weight_kg }) => {
    const cells = [glucose_mg_dL, bp_systolic, bp_diastolic, weight_kg].filter(cell => cell !== '')
    return times(cells.length, { table: 'measurements', column, rule })
  }
}
