import { date, decimal, id, integer, recordStatus, text } from '../columns.ts'
import type { Contract } from '../contract.ts'
import { drop } from '../rule-actions.ts'

/** Contract of `store.treatments`: one row is one prescription or treatment. */
export const treatments = {
  table: 'treatments',
  grain: 'one prescription or treatment',
  key: ['patient_id', 'treatment_id'],
  references: [
    { table: 'patients', columns: ['patient_id'], versioned: false },
    { table: 'visits', columns: ['patient_id', 'visit_id'], versioned: true },
    { table: 'diagnoses', columns: ['patient_id', 'visit_id', 'diagnosis_no'], versioned: true },
  ],
  shape: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    treatment_id: id({
      phi: 'quasi',
      description: "The source's own identifier, or the path of the record (visit/diagnosis/treatment).",
    }),
    visit_id: id({ phi: 'quasi', description: 'The visit during which it was prescribed.' }).nullable(),
    diagnosis_no: integer({ phi: 'none', description: 'Position of the diagnosis it treats.' }, { min: 0 }).nullable(),
    drug: text({ phi: 'quasi', description: 'The drug as delivered.' }).nullable(),
    dose: text({ phi: 'quasi', description: 'The dose as delivered.' }).nullable(),
    dose_value: decimal(
      18,
      6,
      {
        phi: 'none',
        description: 'Number of the dose, where the text is unambiguous.',
      },
      { min: 0 },
    ).nullable(),
    dose_unit: text({
      phi: 'none',
      description: 'Unit of the dose, where the text is unambiguous.',
      maxLength: 64,
    }).nullable(),
    started_on: date({ phi: 'quasi', description: 'First local day.' }).nullable(),
    ended_on: date({ phi: 'quasi', description: 'Last local day.' }).nullable(),
    record_status: recordStatus(),
  },
  // 39 of 10,398 prescriptions of one public data set end before they start, but the drug was given.
  rules: { ended_before_started: drop() },
} as const satisfies Contract
