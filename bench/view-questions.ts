/** A question that people ask the views, in SQL that names no schema. */
export interface Question {
  readonly name: string
  readonly sql: string
}

const summary = 'patient_treatment_summary'

/** The questions, about generated days (bench/history.sql) from 2023-01-01 on with as many patients; values are literals. */
export function viewQuestions(patients: number, lastReadings: string): readonly Question[] {
  const ids = (count: number): string =>
    `'{${Array.from({ length: count }, (_, no) => `P-${String(no % patients).padStart(7, '0')}`).join(',')}}'::text[]`
  return [
    { name: 'all prescriptions', sql: `select * from ${summary}` },
    { name: 'one drug', sql: `select * from ${summary} where treatments_drug = 'Metformin'` },
    { name: 'medicine_per_patient', sql: 'select * from medicine_per_patient' },
    {
      name: 'one source and month, by drug',
      sql: `select treatments_drug, count(*) from ${summary} where source = 'source_a'
        and prescribed_date >= '2023-01-01' and prescribed_date < '2023-02-01' group by treatments_drug`,
    },
    { name: 'one patient', sql: `select * from ${summary} where patient_id = 'P-0000007'` },
    { name: '40 patients, lateral', sql: lateral(ids(40)) },
    { name: '40 patients, array', sql: `select * from ${summary} where patient_id = any (${ids(40)})` },
    { name: '400 patients, array', sql: `select * from ${summary} where patient_id = any (${ids(400)})` },
    { name: 'early_warning, last day', sql: `select * from early_warning where hour >= '${lastReadings} 00:00:00+00'` },
    { name: 'orphans', sql: 'select * from orphans' },
  ]
}

const lateral = (ids: string): string =>
  `select p.* from unnest(${ids}) as u (id) cross join lateral (select * from ${summary} as s where s.patient_id = u.id) as p`
