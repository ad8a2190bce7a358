import { id, integer, oneOf, text } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.patient_contacts`: one row is one contact of one patient. */
export const patientContacts = {
  table: 'patient_contacts',
  grain: 'one contact of one patient',
  key: ['patient_id', 'contact_no'],
  references: [{ table: 'patients', columns: ['patient_id'], versioned: true }],
  shape: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    contact_no: integer({ phi: 'none', description: "Position in the source's own list." }, { min: 0 }),
    relationship: oneOf(['family', 'emergency'], {
      phi: 'quasi',
      description: 'What the contact is to the patient.',
    }).nullable(),
    name: text({ phi: 'direct', description: 'Name of the contact.' }).nullable(),
    phone: text({ phi: 'direct', description: 'Telephone number of the contact.' }).nullable(),
  },
} as const satisfies Contract
