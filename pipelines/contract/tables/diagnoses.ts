import { id, integer, recordStatus, text } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.diagnoses`: one row is one diagnosis of one version of one visit. */
export const diagnoses = {
  table: 'diagnoses',
  grain: 'one diagnosis of one version of one visit',
  key: ['patient_id', 'visit_id', 'diagnosis_no'],
  references: [{ table: 'visits', columns: ['patient_id', 'visit_id'], versioned: true }],
  shape: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    visit_id: id({ phi: 'quasi', description: 'Identifier of the visit in this source.' }),
    diagnosis_no: integer({ phi: 'none', description: "Position in the visit's own list, from 1." }, { min: 0 }),
    diagnosis_id: id({
      phi: 'quasi',
      description: "The source's own identifier of the diagnosis, where it is a row of its own (children: entity).",
    }).nullable(),
    code_system: text({
      phi: 'none',
      description: 'System of the code, such as ICD-10.',
      maxLength: 64,
      identifies: true,
    }).nullable(),
    diagnosis_code: text({
      phi: 'quasi',
      description: 'The code, without its system.',
      maxLength: 255,
      identifies: true,
    }).nullable(),
    diagnosis_description: text({ phi: 'quasi', description: 'What the code means, as delivered.' }).nullable(),
    record_status: recordStatus(),
  },
} as const satisfies Contract
