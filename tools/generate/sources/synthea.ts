import { type Condition, conditions } from '../facility.ts'
import { dateOf, timeOf } from '../days.ts'
import type { Delivery, GeneratedSource } from '../delivery.ts'
import { Breaker, writeChild, type Written } from '../fault.ts'
import { type EventOutcome, inherited, times } from '../event-outcome.ts'
import { type Person, personOf } from '../people.ts'
import { csvFile, csvLine, type QuarantineEntry, type Chunk } from '../chunk.ts'
import { type Random, randomOf } from '../random.ts'
import { type Export, outcomeAfter, type SyntheaFile, syntheaFaults } from './synthea-faults.ts'

const columns: Readonly<Record<SyntheaFile, string>> = {
  patients:
    'Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,BIRTHPLACE,' +
    'ADDRESS,CITY,STATE,COUNTY,ZIP,LAT,LON,HEALTHCARE_EXPENSES,HEALTHCARE_COVERAGE',
  encounters:
    'Id,START,STOP,PATIENT,ORGANIZATION,PROVIDER,PAYER,ENCOUNTERCLASS,CODE,DESCRIPTION,BASE_ENCOUNTER_COST,' +
    'TOTAL_CLAIM_COST,PAYER_COVERAGE,REASONCODE,REASONDESCRIPTION',
  conditions: 'START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION',
  medications:
    'START,STOP,PATIENT,PAYER,ENCOUNTER,CODE,DESCRIPTION,BASE_COST,PAYER_COVERAGE,DISPENSES,TOTALCOST,REASONCODE,' +
    'REASONDESCRIPTION',
  observations: 'DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE',
  procedures: 'START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,BASE_COST,REASONCODE,REASONDESCRIPTION',
  allergies:
    'START,STOP,PATIENT,ENCOUNTER,CODE,SYSTEM,DESCRIPTION,TYPE,CATEGORY,REACTION1,DESCRIPTION1,SEVERITY1,REACTION2,' +
    'DESCRIPTION2,SEVERITY2',
  devices: 'START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,UDI',
}

const names = Object.keys(columns) as readonly SyntheaFile[]
const empty = Object.fromEntries(
  names.map(name => [name, Object.fromEntries(columns[name].split(',').map(column => [column, '']))]),
) as Readonly<Record<SyntheaFile, Export>>

const classes = ['ambulatory', 'wellness', 'urgentcare', 'outpatient', 'emergency', 'inpatient'] as const

const vitals = [
  { code: '8867-4', description: 'Heart rate', units: '/min', low: 50, high: 110 },
  { code: '8480-6', description: 'Systolic Blood Pressure', units: 'mm[Hg]', low: 95, high: 165 },
  { code: '8462-4', description: 'Diastolic Blood Pressure', units: 'mm[Hg]', low: 55, high: 90 },
  { code: '29463-7', description: 'Body Weight', units: 'kg', low: 45, high: 130 },
  { code: '2339-0', description: 'Glucose', units: 'mg/dL', low: 65, high: 210 },
] as const

/** A Synthea export: every person, the encounters of the two years before the day, and the records of these encounters. */
export const synthea: GeneratedSource = {
  files: () => names.map(name => csvFile(`${name}.csv`, columns[name].split(','))),
  faults: names.flatMap(name => syntheaFaults[name].map(fault => fault.name)),
  chunks: function* (delivery) {
    const exporter = new Exporter(delivery)
    for (let no = 0; no < delivery.patients; no++) yield* exporter.personChunks(personOf(delivery.seed, no))
  },
}

class Exporter {
  readonly #delivery: Delivery
  readonly #breakers: Readonly<Record<string, Breaker>>

  constructor(delivery: Delivery) {
    const { seed, source, day, broken } = delivery
    this.#delivery = delivery
    this.#breakers = Object.fromEntries(
      names.map(name => [name, new Breaker(randomOf(seed, source, day, name), broken)]),
    )
  }

  /** Every record of one person, together, so that the rows that a broken record takes to quarantine are known. */
  *personChunks(person: Person): Generator<Chunk> {
    const { seed, day } = this.#delivery
    const random = randomOf(seed, 'synthea', person.no)
    const id = uuidOf(random)
    const written = this.#write('patients', patientRecord(id, person, day))
    yield* written.chunks
    const patient = outcomeAfter(written.fault)
    const period = random.int(60, 240)
    const phase = random.int(0, period - 1)
    const newest = Math.floor((day - 1 - phase) / period)
    const oldest = Math.ceil((day - 730 - phase) / period)
    for (let no = oldest; no <= newest; no++) {
      yield* this.#encounterChunks(id, patient, phase + no * period, randomOf(seed, 'synthea', person.no, no))
    }
    const ofPatient = (table: string): readonly QuarantineEntry[] => times(1, inherited(table, patient))
    if (random.chance(0.5)) yield* this.#write('allergies', allergyRecord(id, day), ofPatient('allergies')).chunks
    if (random.chance(0.5)) {
      const device = { START: timeOf(day - 100, 540), PATIENT: id, CODE: '705643001', DESCRIPTION: 'Pacemaker' }
      const record = { ...device, UDI: `(01)${String(person.no).padStart(14, '0')}` }
      yield* this.#write('devices', record, ofPatient('devices')).chunks
    }
  }

  *#encounterChunks(patientId: string, patient: EventOutcome, day: number, random: Random): Generator<Chunk> {
    const id = uuidOf(random)
    const kind = random.pick(classes)
    const minute = random.int(8 * 60, 18 * 60)
    const start = timeOf(day, minute)
    const stop = kind === 'inpatient' ? timeOf(day + random.int(1, 9), minute) : timeOf(day, minute + 30)
    const base = { PATIENT: patientId, ENCOUNTER: id }
    const encounter = { Id: id, START: start, STOP: stop, PATIENT: patientId, ENCOUNTERCLASS: kind }
    const written = this.#write(
      'encounters',
      { ...encounter, ORGANIZATION: 'Example Hospital', CODE: '185345009', DESCRIPTION: 'Encounter' },
      times(1, inherited('visits', patient)),
    )
    yield* written.chunks
    const visit: EventOutcome = patient === 'loaded' ? outcomeAfter(written.fault) : 'quarantined'
    const under = (table: string, ...parents: readonly EventOutcome[]): readonly QuarantineEntry[] =>
      times(1, inherited(table, ...parents))
    const condition = random.pick(conditions)
    const found = { ...base, START: dateOf(day), CODE: condition.snomed, DESCRIPTION: condition.name }
    yield* this.#write('conditions', found, under('diagnoses', visit)).chunks
    for (const record of medicationRecords(base, condition, start)) {
      yield* this.#write('medications', record, under('treatments', patient, visit)).chunks
    }
    for (const { code, description, units, low, high } of vitals) {
      const value = { VALUE: `${random.int(low, high)}.0`, UNITS: units, TYPE: 'numeric' }
      const record = { ...base, DATE: start, CATEGORY: 'vital-signs', CODE: code, DESCRIPTION: description, ...value }
      yield* this.#write('observations', record, under('measurements', patient, visit)).chunks
    }
    const done = { ...base, START: start, STOP: stop, CODE: '430193006', DESCRIPTION: 'Medication Reconciliation' }
    if (random.chance(0.5)) yield* this.#write('procedures', done, under('procedures', patient, visit)).chunks
  }

  /** Writes a record with all columns of its file; columns that are not in `fields` are empty. */
  #write(name: SyntheaFile, fields: Export, entries: readonly QuarantineEntry[] = []): Written<Export> {
    const record = { ...empty[name], ...fields }
    const breaker = this.#breakers[name]
    if (breaker === undefined) throw new Error(`${name} has no breaker`)
    return writeChild(`${name}.csv`, record, csvLine, entries, breaker, syntheaFaults[name])
  }
}

function patientRecord(id: string, person: Person, day: number): Export {
  return {
    Id: id,
    BIRTHDATE: person.birthDate,
    DEATHDATE: person.no % 50 === 49 ? dateOf(day - 1) : '',
    FIRST: person.firstName,
    LAST: person.lastName,
    GENDER: person.gender === 'male' ? 'M' : 'F',
    ADDRESS: `${person.no + 1} Made-up Street`,
    CITY: 'Exampletown',
    STATE: 'Massachusetts',
    ZIP: '02000',
  }
}

function allergyRecord(patient: string, day: number): Export {
  const first = { REACTION1: '271807003', DESCRIPTION1: 'Eruption of skin', SEVERITY1: 'MILD' }
  return { START: dateOf(day - 1000), PATIENT: patient, CODE: '111088007', DESCRIPTION: 'Latex', ...first }
}

function medicationRecords(base: Export, { drugs }: Condition, start: string): readonly Export[] {
  return drugs.map(({ name, dose, code }) => ({ ...base, START: start, CODE: code, DESCRIPTION: `${name} ${dose}` }))
}

/** An identifier in the form of a UUID, as the export has it. */
function uuidOf(random: Random): string {
  const part = (digits: number): string =>
    random
      .int(0, 16 ** digits - 1)
      .toString(16)
      .padStart(digits, '0')
  return `${part(8)}-${part(4)}-4${part(3)}-8${part(3)}-${part(6)}${part(6)}`
}
