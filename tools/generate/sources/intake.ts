import { reasons } from '../facility.ts'
import { compact, dateOf } from '../days.ts'
import type { Delivery, GeneratedSource } from '../delivery.ts'
import { Breaker, type Fault } from '../fault.ts'
import { type Person, personOf } from '../people.ts'
import { csvFile, csvLine, type QuarantineEntry, type Chunk, chunk } from '../chunk.ts'
import { randomOf } from '../random.ts'

interface Registration extends Record<string, string> {
  readonly mrn: string
  readonly first_name: string
  readonly last_name: string
  readonly birth_date: string
  readonly visit_account_number: string
  readonly visit_date: string
  readonly reason: string
}

/** A record before it is written, and its fault. */
interface Draft {
  readonly file: string
  readonly record: Registration
  readonly fault: Fault<Registration> | undefined
}

const columns = [
  ...['mrn', 'first_name', 'last_name', 'birth_date'],
  ...['visit_account_number', 'visit_date', 'reason'],
]

const faults: readonly Fault<Registration>[] = [
  {
    name: 'birth_date_of_no_calendar',
    table: 'patients',
    column: 'birth_date',
    rule: 'cast',
    break: record => ({ ...record, birth_date: '1983-02-29' }),
  },
  {
    name: 'visit_date_in_words',
    table: 'visits',
    column: 'visit_date',
    rule: 'pattern',
    break: record => ({ ...record, visit_date: 'today' }),
  },
  {
    name: 'account_number_missing',
    table: 'visits',
    column: 'visit_id',
    rule: 'required',
    break: record => ({ ...record, visit_account_number: '' }),
  },
  {
    name: 'record_number_missing',
    table: 'patients',
    column: 'patient_id',
    rule: 'required',
    break: record => ({ ...record, mrn: '' }),
  },
  {
    name: 'registration_with_a_field_too_many',
    table: 'intake',
    column: null,
    rule: 'columns',
    break: record => ({ ...record, more: 'one too many' }),
  },
  {
    name: 'two_birth_dates',
    table: 'patients',
    column: null,
    rule: 'conflict',
    break: record => ({
      ...record,
      birth_date: record.birth_date === '1980-01-01' ? '1980-01-02' : '1980-01-01',
      visit_account_number: `${record.visit_account_number}-2`,
    }),
  },
]

/** Registrations at the front desk, in two files a day; every patient registers one to three times. */
export const intake: GeneratedSource = {
  files: delivery => filesOf(delivery).map(name => csvFile(name, columns)),
  faults: faults.map(fault => fault.name),
  chunks: function* (delivery) {
    const breaker = new Breaker(randomOf(delivery.seed, delivery.source, delivery.day, 'broken'), delivery.broken)
    for (let no = 0; no < delivery.patients; no++) yield* patientChunks(draftsOf(delivery, no, breaker))
  },
}

function filesOf({ day }: Delivery): readonly [morning: string, afternoon: string] {
  return [`patient_intake_${compact(day)}T080000000Z.csv`, `patient_intake_${compact(day)}T153000000Z.csv`]
}

function draftsOf(delivery: Delivery, no: number, breaker: Breaker): readonly Draft[] {
  const { seed, source, day } = delivery
  const [morning, afternoon] = filesOf(delivery)
  const person = personOf(seed, no)
  const random = randomOf(seed, source, day, no)
  return Array.from({ length: random.int(1, 3) }, (_, visit) => visit).flatMap(visit => {
    const file = visit === 0 ? morning : afternoon
    const record = registrationOf(person, day, visit, random.pick(reasons))
    if (!breaker.isNext()) return [{ file, record, fault: undefined }]
    const fault = breaker.pick(faults)
    const broken = { file, record: fault.break(record), fault }
    return fault.rule === 'conflict' ? [{ file, record, fault: undefined }, broken] : [broken]
  })
}

function registrationOf(person: Person, day: number, visit: number, reason: string): Registration {
  return {
    mrn: `MRN-${String(person.no).padStart(7, '0')}`,
    first_name: person.firstName,
    last_name: person.lastName,
    birth_date: person.birthDate,
    visit_account_number: `VA-${compact(day)}-${person.no}-${visit + 1}`,
    visit_date: dateOf(day),
    reason,
  }
}

/** All records of one patient: whether a visit is loaded depends on the patient's other records. */
function patientChunks(drafts: readonly Draft[]): readonly Chunk[] {
  const hasConflict = drafts.some(({ fault }) => fault?.rule === 'conflict')
  const isLoaded = !hasConflict && drafts.some(({ fault }) => fault === undefined || fault.table === 'visits')
  return drafts.map(({ file, record, fault }) => {
    const entries = entriesOf(fault, hasConflict, isLoaded)
    return chunk(file, csvLine(record), entries.length > 0 ? { fault: fault?.name ?? null, entries } : undefined)
  })
}

function entriesOf(
  fault: Fault<Registration> | undefined,
  hasConflict: boolean,
  isLoaded: boolean,
): readonly QuarantineEntry[] {
  const own: readonly QuarantineEntry[] =
    fault === undefined ? [] : [{ table: fault.table, column: fault.column, rule: fault.rule }]
  if (fault?.table === 'intake') return own
  if (fault?.column === 'patient_id') return [...own, { table: 'visits', column: 'patient_id', rule: 'required' }]
  const hasValidPatient = fault?.table !== 'patients'
  const hasValidVisit = fault?.table !== 'visits'
  return [
    ...own,
    ...(hasConflict && hasValidPatient ? [{ table: 'patients', column: null, rule: 'conflict' }] : []),
    ...(!isLoaded && hasValidVisit ? [{ table: 'visits', column: null, rule: 'parent' }] : []),
  ]
}
