import { date, id, integer, oneOf, text, timestamp } from '../columns.ts'
import type { Contract } from '../contract.ts'
import { drop } from '../rule-actions.ts'

/** Contract of `store.patients`: one row is one patient as one delivery describes them. */
export const patients = {
  table: 'patients',
  grain: 'one patient as one delivery describes them',
  key: ['patient_id'],
  references: [],
  shape: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    mrn: id({ phi: 'direct', description: 'Medical record number.' }).nullable(),
    medical_card_no: id({ phi: 'direct', description: 'Number of the medical card.' }).nullable(),
    name: text({ phi: 'direct', description: 'Full name as delivered.' }).nullable(),
    first_name: text({ phi: 'direct', description: 'Given name.' }).nullable(),
    last_name: text({ phi: 'direct', description: 'Family name.' }).nullable(),
    birth_date: date({ phi: 'direct', description: 'Date of birth.' }).nullable(),
    age_years: integer(
      {
        phi: 'quasi',
        description: 'Age in whole years, where no date of birth is delivered.',
        unit: 'years',
      },
      { min: 0, max: 150 },
    ).nullable(),
    age_as_of: date({ phi: 'quasi', description: 'The day on which age_years was valid.' }).nullable(),
    gender: oneOf(['male', 'female', 'other', 'unknown'], {
      phi: 'quasi',
      description: 'Administrative gender.',
    }).nullable(),
    email: text({ phi: 'direct', description: 'Electronic mail address.' }).nullable(),
    phone: text({ phi: 'direct', description: 'Telephone number.' }).nullable(),
    address: text({ phi: 'direct', description: 'Postal address.' }).nullable(),
    primary_care_provider: text({ phi: 'quasi', description: 'Name of the primary care provider.' }).nullable(),
    deceased_at: timestamp({ phi: 'quasi', description: 'Moment of death.' }).nullable(),
  },
  // Public data moves the birth of people over 89 out of range, while the patient, her visits and her drugs are right.
  rules: { 'birth_date.range': drop() },
} as const satisfies Contract
