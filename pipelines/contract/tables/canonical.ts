import { allergies } from './allergies.ts'
import { coverages } from './coverages.ts'
import { devices } from './devices.ts'
import { diagnoses } from './diagnoses.ts'
import { measurements } from './measurements.ts'
import { measurementsHourly } from './measurements-hourly.ts'
import { patientContacts } from './patient-contacts.ts'
import { patientLinks } from './patient-links.ts'
import { patients } from './patients.ts'
import { procedures } from './procedures.ts'
import { roleDefinitions } from './role-definitions.ts'
import { treatments } from './treatments.ts'
import { userRoles } from './user-roles.ts'
import { users } from './users.ts'
import { visits } from './visits.ts'
import type { Contract } from '../contract.ts'

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
