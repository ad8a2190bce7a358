import type { Question } from './view-questions.ts'

/** What a BI tool asks, of marts or of live views; `last` is the newest day. */
export const questions = (last: string): readonly Question[] => [
  {
    name: 'one drug',
    sql: `select * from patient_treatment_summary where treatments_drug = 'Metformin' and prescribed_date > date '${last}' - 7`,
  },
  { name: 'one patient', sql: `select * from patient_treatment_summary where patient_id = 'P-0000007'` },
  {
    name: 'one source and month, by drug',
    sql: `select treatments_drug, count(*) from patient_treatment_summary where source = 'source_1'
      and prescribed_date >= '2023-01-01' and prescribed_date < '2023-02-01' group by treatments_drug`,
  },
  {
    name: 'readmission rate by month',
    sql: `select month, index_admissions, readmissions, observed_rate from readmission_summary where source = 'source_1'`,
  },
  {
    name: 'last 24 hours of vitals',
    sql: `select * from measurement_hourly where hour >= timestamptz '${last} 00:00:00+00' and type = 'heart_rate'`,
  },
  {
    name: 'early warning above 5, last day',
    sql: `select * from early_warning where hour >= timestamptz '${last} 00:00:00+00' and least_score > 5`,
  },
]
