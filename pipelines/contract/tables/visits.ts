import { date, id, oneOf, recordStatus, text, timestamp } from '../columns.ts'
import type { Contract } from '../contract.ts'
import { drop } from '../rule-actions.ts'

/** Contract of `store.visits`: one row is one version of one visit. */
export const visits = {
  table: 'visits',
  grain: 'one version of one visit',
  key: ['patient_id', 'visit_id'],
  references: [{ table: 'patients', columns: ['patient_id'], versioned: false }],
  shape: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    visit_id: id({ phi: 'quasi', description: 'Identifier of the visit in this source.' }),
    visit_date: date({ phi: 'quasi', description: 'Local date of the visit.' }).nullable(),
    visit_type: oneOf(['inpatient', 'emergency', 'outpatient', 'icu', 'other'], {
      phi: 'none',
      description: 'Kind of visit.',
    }).nullable(),
    admission_type: oneOf(['emergency', 'urgent', 'elective'], {
      phi: 'none',
      description: 'How the patient was admitted.',
    }).nullable(),
    admitted_at: timestamp({ phi: 'quasi', description: 'Moment of admission, UTC.' }).nullable(),
    discharged_at: timestamp({ phi: 'quasi', description: 'Moment of discharge, UTC.' }).nullable(),
    admitted_on: date({ phi: 'quasi', description: 'Local date of admission.' }).nullable(),
    discharged_on: date({ phi: 'quasi', description: 'Local date of discharge.' }).nullable(),
    discharge_disposition: oneOf(['home', 'transfer', 'died', 'against_advice', 'other'], {
      phi: 'quasi',
      description: 'Where the patient went.',
    }).nullable(),
    facility: text({ phi: 'quasi', description: 'Hospital or site.' }).nullable(),
    service: text({ phi: 'quasi', description: 'Department or unit.' }).nullable(),
    reason: text({ phi: 'quasi', description: 'Why the patient came.' }).nullable(),
    provider_notes_text: text({ phi: 'direct', description: 'Free text of the provider.' }).nullable(),
    provider_notes_author: text({ phi: 'quasi', description: 'Who wrote the notes.' }).nullable(),
    record_status: recordStatus(),
  },
  rules: { discharged_at_before_admitted_at: drop(), discharged_on_before_admitted_on: drop() },
} as const satisfies Contract
