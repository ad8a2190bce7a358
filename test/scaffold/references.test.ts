import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { listed, make } from './making.ts'

function written(t: ExecutionContext, files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-samples-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return Object.entries(files).map(([name, text]) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  })
}

test('a reference gives the id in it, and what refers to something else is found', async t => {
  const record = (subject: string): string =>
    JSON.stringify({
      subject: { reference: subject },
      encounter: { reference: 'Encounter/V-1' },
      effectiveDateTime: '2023-05-01T08:00:00Z',
      code: { text: 'pulse' },
      valueQuantity: { value: 71, unit: '/min' },
    })
  const subjects = [
    'Patient/P-17',
    'https://fhir.example/Patient/P-18/_history/1',
    'urn:uuid:P-19',
    'Patient/P-20',
    'Group/P-17',
  ]
  const made = await make(t, 'results.ndjson', subjects.map(record).join('\n'))
  t.deepEqual(listed(made), [['measurements', 5, 4]])
  t.deepEqual(made.tried[0]?.broken, [{ rule: 'patient_id required', rows: 1 }])
  const text = made.read('sources/ward/measurements.sql')
  t.regex(text, /regexp_extract\(subject\.reference, .*Patient.* as patient_id/)
  t.regex(text, /regexp_extract\(encounter\.reference, .*Encounter.* as visit_id/)
  t.notRegex(text, /P-1|V-1/, 'no value')
})

test('a reference to another resource is no patient', async t => {
  const made = await make(t, 'results.ndjson', '{"subject":{"reference":"Group/1"},"dob":"1977-01-31"}\n')
  t.deepEqual(made.missing, ['patients.patient_id'])
  t.true(
    made.misfits.includes('subject.reference as patients.patient_id: holds no such reference'),
    made.misfits.join(),
  )
})

test('the file that is called after a table goes before a text column of another, and its numbers and codes count', async t => {
  const from = written(t, {
    'visits.csv':
      'patient_id,visit_id,visit_date,diagnosis,seq_num,code_system,code\nP-17,V-1,2023-05-01,sugar,1,x,y\nP-18,V-2,2023-05-01,heart,1,x,y\n',
    'diagnoses_icd.csv': 'subject_id,hadm_id,seq_num,icd9_code\nP-17,V-1,1,250.0\nP-17,V-1,2,401.9\n',
  })
  const made = await make(t, 'unused.csv', '', { from })
  const text = made.read('sources/ward/diagnoses.sql')
  for (const line of ['from diagnoses_icd', 'seq_num as diagnosis_no', 'icd9_code as diagnosis_code']) {
    t.true(text.includes(line), text)
  }
})

test('a code of the ICD in a file of procedures is the code of a procedure', async t => {
  const made = await make(t, 'procedures_icd.csv', 'subject_id,hadm_id,seq_num,icd9_code\nP-17,V-1,1,38.93\n')
  t.deepEqual(
    listed(made).map(([table]) => table),
    ['procedures'],
  )
  t.true(made.read('sources/ward/procedures.sql').includes('icd9_code as procedure_code'))
  const both = await make(t, 'procedures.csv', 'patient_id,visit_id,cpt,icd10\nP-17,V-1,1234,E11.9\n')
  t.true(both.read('sources/ward/diagnoses.sql').includes('icd10 as diagnosis_code'))
})
