import { allergies } from './tables/allergies.ts'
import { coverages } from './tables/coverages.ts'
import { devices } from './tables/devices.ts'
import { diagnoses } from './tables/diagnoses.ts'
import { measurements } from './tables/measurements.ts'
import { measurementsHourly } from './tables/measurements-hourly.ts'
import { patientContacts } from './tables/patient-contacts.ts'
import { patientLinks } from './tables/patient-links.ts'
import { patients } from './tables/patients.ts'
import { procedures } from './tables/procedures.ts'
import { roleDefinitions } from './tables/role-definitions.ts'
import { treatments } from './tables/treatments.ts'
import { userRoles } from './tables/user-roles.ts'
import { users } from './tables/users.ts'
import { visits } from './tables/visits.ts'
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
