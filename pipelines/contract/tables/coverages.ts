import { id, integer, text } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.coverages`: one row is one insurance coverage of one patient. */
export const coverages = {
  table: 'coverages',
  grain: 'one insurance coverage of one patient',
  key: ['patient_id', 'coverage_no'],
  references: [{ table: 'patients', columns: ['patient_id'], versioned: true }],
  shape: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    coverage_no: integer({ phi: 'none', description: "Position in the source's own list." }, { min: 0 }),
    payer: text({ phi: 'quasi', description: 'Who pays.' }).nullable(),
    member_id: id({ phi: 'direct', description: "The patient's number at the payer." }).nullable(),
    plan: text({ phi: 'quasi', description: 'Name of the plan.' }).nullable(),
  },
} as const satisfies Contract
