import { id, integer, text } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.allergies`: one row is one allergy of one patient. */
export const allergies = {
  table: 'allergies',
  grain: 'one allergy of one patient',
  key: ['patient_id', 'allergy_no'],
  references: [{ table: 'patients', columns: ['patient_id'], versioned: true }],
  shape: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    allergy_no: integer({ phi: 'none', description: "Position in the source's own list." }, { min: 0 }),
    substance: text({ phi: 'quasi', description: 'What the patient reacts to.' }).nullable(),
    reaction: text({ phi: 'quasi', description: 'How the patient reacts.' }).nullable(),
  },
} as const satisfies Contract
