import { conditions } from '../facility.ts'
import { dateOf, timeOf } from '../days.ts'
import type { Delivery } from '../delivery.ts'
import { type Fault, inputName } from '../fault.ts'
import { type EventOutcome, inherited, times } from '../event-outcome.ts'
import { personOf } from '../people.ts'
import type { QuarantineEntry } from '../chunk.ts'
import { randomOf } from '../random.ts'

interface Medication {
  readonly drug: string
  readonly dose: string
  readonly started_on: string
}

/** A user who is a patient; the lengths of the lists are the numbers of their rows. */
export interface HomeUser {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly phone: string
  readonly date_of_birth: string
  readonly gender: string
  readonly address: string
  readonly primary_care_provider: string
  readonly medical_card: string
  readonly billing: { readonly payer: string; readonly account: string }
  readonly insurance: readonly { readonly payer: string; readonly member_id: string; readonly plan: string }[]
  readonly family_members: readonly { readonly name: string; readonly phone: string }[]
  readonly emergency_contacts: readonly { readonly name: string; readonly phone: string }[]
  readonly height_cm: number
  readonly weight_kg: number | string
  readonly updated_at: string
  readonly medications: readonly Medication[]
  readonly allergies: readonly { readonly substance: string; readonly reaction: string }[] | string
}

/** `U-0000042` */
export const userId = (no: number): string => `U-${String(no).padStart(7, '0')}`

/** The profile of patient number `no`. */
export function homeUser({ seed, source, day }: Delivery, no: number): HomeUser {
  const person = personOf(seed, no)
  const random = randomOf(seed, source, 'profile', no)
  const kin = { name: `Robin ${person.lastName}`, phone: person.phone }
  const { drugs } = random.pick(conditions)
  return {
    id: userId(no),
    name: `${person.firstName} ${person.lastName}`,
    email: person.email,
    phone: person.phone,
    date_of_birth: person.birthDate,
    gender: person.gender,
    address: person.address,
    primary_care_provider: 'Dr. Sample',
    medical_card: `MC-${no}`,
    billing: { payer: 'self', account: `B-${no}` },
    insurance: Array.from({ length: random.int(0, 2) }, (_, place) => ({
      payer: 'Made-up Mutual',
      member_id: `MM-${no}-${place + 1}`,
      plan: 'Basic',
    })),
    family_members: Array.from({ length: random.int(0, 2) }, () => kin),
    emergency_contacts: [kin],
    height_cm: random.int(1500, 2000) / 10,
    weight_kg: random.int(480, 1200) / 10,
    updated_at: timeOf(day - 1, random.int(0, 1439)),
    medications: drugs.map(({ name, dose }) => ({ drug: name, dose, started_on: dateOf(day - random.int(1, 400)) })),
    allergies: random.chance(0.3) ? [{ substance: 'Latex', reaction: 'Rash' }] : [],
  }
}

/** The quarantine entries of a patient's profile, without the patient, given how the patient ended. */
function profileRows(user: HomeUser, patient: EventOutcome): readonly QuarantineEntry[] {
  const contacts = user.family_members.length + user.emergency_contacts.length
  const allergies = typeof user.allergies === 'string' ? 0 : user.allergies.length
  return [
    ...times(contacts, inherited('patient_contacts', patient)),
    ...times(1 + user.insurance.length, inherited('coverages', patient)),
    ...times(allergies, inherited('allergies', patient)),
    ...times(user.medications.length, inherited('treatments', patient)),
    ...times(2, inherited('measurements', patient)),
  ]
}

/** A fault of a user, and how the user's rows end in the tables that others refer to. */
export interface UserFault extends Fault<HomeUser> {
  readonly patient: EventOutcome
  readonly user: EventOutcome
}

const born: QuarantineEntry = { table: 'patients', column: 'birth_date', rule: 'cast' }
const nul = (table: string): QuarantineEntry => ({ table, column: 'name', rule: 'nul' })
const conflict: QuarantineEntry = { table: 'patients', column: null, rule: 'conflict' }

/** The faults of records of users.json. */
export const userFaults: readonly UserFault[] = [
  {
    name: 'birth_date_of_no_calendar',
    ...born,
    patient: 'quarantined',
    user: 'loaded',
    break: user => ({ ...user, date_of_birth: '1983-02-29' }),
    entries: user => [born, ...profileRows(user, 'quarantined')],
  },
  {
    name: 'name_with_nul',
    ...nul('patients'),
    patient: 'quarantined',
    user: 'quarantined',
    break: user => ({ ...user, name: 'Nul\u0000Sample' }),
    entries: user => [nul('patients'), nul('users'), ...profileRows(user, 'quarantined')],
  },
  {
    name: 'two_birth_dates',
    ...conflict,
    patient: 'quarantined',
    user: 'loaded',
    break: user => ({ ...user, date_of_birth: user.date_of_birth === '1980-01-01' ? '1980-01-02' : '1980-01-01' }),
    entries: user => [conflict, ...profileRows(user, 'quarantined')],
  },
  {
    name: 'allergies_are_a_text',
    table: inputName('users'),
    column: null,
    rule: 'shape',
    patient: 'absent',
    user: 'absent',
    break: user => ({ ...user, allergies: 'none' }),
  },
  {
    name: 'medication_start_in_words',
    table: 'treatments',
    column: 'started_on',
    rule: 'pattern',
    patient: 'loaded',
    user: 'loaded',
    break: ({ medications: [first, ...others], ...user }) => ({
      ...user,
      medications: first === undefined ? [] : [{ ...first, started_on: 'last year' }, ...others],
    }),
  },
  {
    name: 'weight_in_words',
    table: 'measurements',
    column: 'value',
    rule: 'pattern',
    patient: 'loaded',
    user: 'loaded',
    break: user => ({ ...user, weight_kg: 'heavy' }),
  },
]
