import { id, recordStatus, text, timestamp } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.procedures`: one row is one procedure. */
export const procedures = {
  table: 'procedures',
  grain: 'one procedure',
  key: ['patient_id', 'procedure_id'],
  references: [
    { table: 'patients', columns: ['patient_id'], versioned: false },
    { table: 'visits', columns: ['patient_id', 'visit_id'], versioned: true },
  ],
  shape: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    procedure_id: id({ phi: 'quasi', description: "The source's own identifier, or the path of the record." }),
    visit_id: id({ phi: 'quasi', description: 'The visit during which it was done.' }).nullable(),
    code_system: text({ phi: 'none', description: 'System of the code.', maxLength: 64, identifies: true }).nullable(),
    procedure_code: text({
      phi: 'quasi',
      description: 'The code, without its system.',
      maxLength: 255,
      identifies: true,
    }).nullable(),
    procedure_description: text({ phi: 'quasi', description: 'What was done, as delivered.' }).nullable(),
    performed_at: timestamp({ phi: 'quasi', description: 'When it was done, UTC.' }).nullable(),
    record_status: recordStatus(),
  },
} as const satisfies Contract
