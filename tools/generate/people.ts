import { dateOf } from './days.ts'
import { randomOf } from './random.ts'

/** A synthetic person; the same in every source. */
export interface Person {
  /** 0, 1, ... */
  readonly no: number
  readonly firstName: string
  readonly lastName: string
  /** `yyyy-mm-dd` */
  readonly birthDate: string
  readonly gender: 'male' | 'female'
  readonly email: string
  readonly phone: string
  readonly address: string
}

const firstNames = [
  ...['Avery', 'Blake', 'Cameron', 'Devon', 'Emery', 'Finley', 'Harper', 'Indigo', 'Jules', 'Kendall'],
  ...['Lennon', 'Morgan', 'Noel', 'Oakley', 'Parker', 'Quinn', 'Robin', 'Sage', 'Taylor', 'Zoë'],
]
const lastNames = [
  ...['Sample', 'Example', 'Placeholder', 'Specimen', 'Dummy', 'Nonesuch', 'Fictional', 'Testcase'],
  ...['Invented', 'Pretend', 'Imaginary', 'Madeup', 'Mockup', 'Template'],
]

/** Day numbers of 1925-01-01 and 2015-12-31. */
const births = { first: -16_436, last: 16_800 }

/** Person number `no` for this seed. */
export function personOf(seed: number, no: number): Person {
  const random = randomOf(seed, 'person', no)
  const firstName = random.pick(firstNames)
  // The number makes names unique, and visibly synthetic.
  const lastName = `${random.pick(lastNames)}-${no}`
  return {
    no,
    firstName,
    lastName,
    birthDate: dateOf(random.int(births.first, births.last)),
    gender: random.pick(['male', 'female']),
    email: `${firstName.toLowerCase().replace('ë', 'e')}.${lastName.toLowerCase()}@mail.example`,
    phone: `+1 555 01${String(no % 100).padStart(2, '0')}`,
    address: `${no + 1} Made-up Street, Exampletown`,
  }
}

/** A patient id such as `P-0000042`. */
export const patientId = (no: number): string => `P-${String(no).padStart(7, '0')}`
