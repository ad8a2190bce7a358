import { date, id, text } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.patient_links`: one row is one patient record and the person it belongs to. */
export const patientLinks = {
  table: 'patient_links',
  grain: 'one patient record and the person it belongs to',
  key: ['patient_id'],
  references: [{ table: 'patients', columns: ['patient_id'], versioned: false }],
  shape: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    person_id: id({ phi: 'direct', description: 'Identifier of the person, the same for all records of that person.' }),
    valid_from: date({ phi: 'none', description: 'First day on which the link holds.' }).nullable(),
    reason: text({ phi: 'none', description: 'Why the records belong together: merge, match, and so on.' }).nullable(),
  },
} as const satisfies Contract
