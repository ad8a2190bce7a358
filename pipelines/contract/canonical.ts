import { allergies } from '../contracts/allergies.ts'
import { coverages } from '../contracts/coverages.ts'
import { devices } from '../contracts/devices.ts'
import { diagnoses } from '../contracts/diagnoses.ts'
import { measurements } from '../contracts/measurements.ts'
import { measurementsHourly } from '../contracts/measurements-hourly.ts'
import { patientContacts } from '../contracts/patient-contacts.ts'
import { patientLinks } from '../contracts/patient-links.ts'
import { patients } from '../contracts/patients.ts'
import { procedures } from '../contracts/procedures.ts'
import { roleDefinitions } from '../contracts/role-definitions.ts'
import { treatments } from '../contracts/treatments.ts'
import { userRoles } from '../contracts/user-roles.ts'
import { users } from '../contracts/users.ts'
import { visits } from '../contracts/visits.ts'
import type { Contract } from './contract.ts'

/** The canonical tables, parents before children. */
export const canonical: readonly Contract[] = [
  patients,
  patientLinks,
  patientContacts,
  coverages,
  allergies,
  visits,
  diagnoses,
  procedures,
  treatments,
  measurements,
  measurementsHourly,
  devices,
  users,
  roleDefinitions,
  userRoles,
]
