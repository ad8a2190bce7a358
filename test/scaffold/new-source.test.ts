import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { format } from 'prettier'
import { openDuckDB } from '../../pipelines/platform/duckdb.ts'
import { quoteConstant } from '../../pipelines/platform/sql.ts'
import { listed, make, refusal } from './making.ts'

test('every column of a CSV fills a table, does not fit, or is listed as not mapped', async t => {
  const columns = ['Patient ID', 'DOB', 'sex', 'Encounter', 'ICD10', 'order', 'shoe size']
  const rows = ['P-17,1977-01-31,F,V-1,E11.9,1,42', 'P-18,1980-02-29,M,V-2,I10,2,"4,3"']
  const made = await make(t, 'people.csv', `${columns.join(',')}\n${rows.join('\n')}\n`)
  t.deepEqual(listed(made), [
    ['patients', 2, 2],
    ['diagnoses', 2, 2],
  ])
  t.deepEqual(made.unmapped, ['order', 'shoe size'])
  const patients = made.read('sources/ward/patients.sql')
  for (const line of ['"Patient ID" as patient_id', 'DOB as birth_date', '-- not mapped yet: order, shoe size']) {
    t.true(patients.includes(line), line)
  }
  t.regex(made.read('sources/ward/diagnoses.sql'), /partition by "Patient ID", Encounter order by file_no, record_no/)
  for (const path of made.files.filter(one => !one.startsWith('data/'))) t.notRegex(made.read(path), /P-17|1977/, path)
})

test('a column whose values do not match its name is not mapped, and the reason is reported', async t => {
  const made = await make(t, 'patients.csv', 'patient_id,name,birth_date\nP-17,A,31.01.77\nP-18,B,01.02.80\n')
  t.deepEqual(made.misfits, ['birth_date as patients.birth_date: is not a date as yyyy-mm-dd'])
  t.regex(
    made.read('sources/ward/patients.sql'),
    /does not fit yet: birth_date looks like birth_date, but it is not a date/,
  )
  t.deepEqual(listed(made), [['patients', 2, 2]])
})

test('if nothing fits, one table is made all the same, and every row breaks its contract', async t => {
  const made = await make(t, 'things.ndjson', '{"colour":"red"}\n{"colour":"blue"}\n')
  t.deepEqual(listed(made), [['patients', 2, 0]])
  t.deepEqual([made.missing, made.unmapped], [['patients.patient_id'], ['colour']])
  t.true(made.read('sources/ward/patients.sql').includes('null::varchar as patient_id'))
})

test('people with an id are patients only if their age is known', async t => {
  const people = 'Id,NAME,GENDER\nP-17,A,F\n'
  t.deepEqual((await make(t, 'providers.csv', people)).missing, ['patients.patient_id'])
  const born = await make(t, 'users.csv', 'Id,NAME,DOB\nP-17,A,1977-01-31\n')
  t.deepEqual([born.missing, listed(born)], [[], [['patients', 1, 1]]])
})

test('the table with the most matching columns is chosen if none is certain', async t => {
  const made = await make(t, '132.txt', 'Time,Parameter,Value\n00:07,HR,71\n')
  t.deepEqual([made.missing, made.unmapped], [['measurements.patient_id', 'measurements.measured_at'], ['Time']])
})

test('columns that look like readings and have no time fill no measurements, and the reason is reported', async t => {
  const made = await make(
    t,
    'patients.ndjson',
    '{"patient_id":"P-17","birth_date":"1977-01-31","vitals":{"pulse":71,"spo2":98},"ward":"A"}\n',
  )
  t.deepEqual(listed(made), [['patients', 1, 1]])
  t.is(made.untimed.length, 1)
  t.regex(
    made.untimed[0] ?? '',
    /^No measurements are made from vitals\.pulse, vitals\.spo2 \(patients\): .*measured_at/,
  )
  const timed = await make(t, 'obs.csv', 'patient_id,timestamp,pulse\nP-17,2023-05-01T08:00,71\n')
  t.deepEqual([listed(timed), timed.untimed], [[['measurements', 1, 1]], []])
})

test('the records in a list of a wrapper become rows', async t => {
  const made = await make(
    t,
    'export.json',
    '{"version": 1, "patients": [\n{"patient_id": "P-17", "name": "A"},\n{"patient_id": "P-18"}]}',
  )
  t.deepEqual([listed(made), made.unmapped], [[['patients', 2, 2]], ['version']])
})

test('several files make one source, each table from the file with the most matching columns', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-samples-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const written = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const visits = written(
    'encounters.ndjson',
    '{"id":"V-1","patient":"P-17","start":"2023-05-01T08:00Z","list":[{"drug":"x"}]}\n',
  )
  const conditions = written('conditions.csv', 'PATIENT,ENCOUNTER,CODE,map\nP-17,V-1,E11.9,1\nP-17,V-2,I10,1\n')
  const people = 'Id,FIRST,BIRTHDATE\nP-17,A,1977-01-31\n'
  const from = [written('patients.csv', people), visits, conditions]
  const made = await make(t, 'unused.csv', 'a\nb\n', { from, language: 'ts' })
  t.deepEqual(listed(made), [
    ['patients', 1, 1],
    ['visits', 1, 1],
    ['diagnoses', 2, 2],
    ['treatments', 1, 1],
  ])
  t.deepEqual(made.tried[2]?.broken, [], 'a diagnosis of a visit that is not delivered waits for it')
  t.regex(made.read('sources/ward/ward.ts'), /children = \{ diagnoses: 'entity' \} as const/)
  t.deepEqual(made.unmapped, ['conditions.map'])
  const text = made.read('sources/ward/ward.ts')
  t.true(text.startsWith("import { csv, json, list, object, scalar, Transformer } from 'caseload'\n"), text)
  t.is(
    await format(text, { parser: 'typescript', semi: false, singleQuote: true, printWidth: 120, arrowParens: 'avoid' }),
    text,
  )

  const twins = [written('patients_20230501.csv', people), written('patients_20230502.csv', people)]
  const error = await t.throwsAsync(make(t, 'unused.csv', '', { from: twins }), { name: 'UsageError' })
  t.regex(error.message, /patients_20230501\.csv and patients_20230502\.csv, which would be one input/)
})

test('--table sets the tables', async t => {
  const made = await make(t, 'a.csv', 'patient,code,start\nP-17,X1,2023-05-01T08:00\n', { tables: ['procedures'] })
  t.deepEqual(listed(made), [['procedures', 1, 1]])
  t.regex(
    made.read('sources/ward/procedures.sql'),
    /code as procedure_code,\n {2}start as performed_at|"start" as performed_at/i,
  )
  const wrong = make(t, 'a.csv', 'patient\nP-17\n', { tables: ['shoes'] })
  await t.throwsAsync(wrong, { name: 'UsageError', message: /found "shoes"\. The tables are: patients,/ })
})

test('other delimiters and encodings, packed files, and names that vary from day to day', async t => {
  const latin = Buffer.from('patient;name;note\nP-17;Zoë;x\n', 'latin1')
  const made = await make(t, 'feed-2023-05-01_0800.csv.gz', gzipSync(latin))
  const text = made.read('sources/ward/ward.js')
  t.true(text.includes("files: ['feed-*.csv']"), text)
  t.true(text.includes("delimiter: ';'"))
  t.true(text.includes("encoding: 'windows-1252'"))
  t.deepEqual(made.files.at(-1), 'data/ward/20230501/feed-2023-05-01_0800.csv.gz')
  t.deepEqual(listed(made), [['patients', 1, 1]])
})

test('an input of a CSV also takes the Parquet file of that name', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-parquet-'))
  const duckdb = await openDuckDB({ memoryLimit: '300MB', threads: 1, tempDirectory: folder, allowedPaths: [] })
  const path = join(folder, 'made.parquet')
  await duckdb.run(
    `copy (select 'P-17' as patient_id, timestamp '2023-05-01 08:00' as measured_at, 'pulse' as type, 71.5 as value)
     to ${quoteConstant(path)} (format parquet)`,
  )
  const bytes = readFileSync(path)
  duckdb.close()
  rmSync(folder, { recursive: true })
  const made = await make(t, 'readings.parquet', bytes)
  t.true(made.read('sources/ward/ward.js').includes("files: ['readings.csv']"))
  t.deepEqual(listed(made), [['measurements', 1, 1]])
})

test('a bad sample is refused before a file is written, and without its values', async t => {
  t.regex(
    await refusal(t, 'a.xlsx', 'x'),
    /Expected a sample named \.json, \.ndjson, \.jsonl, \.csv, \.tsv or \.txt \(each also with \.gz\), or \.parquet, found a\.xlsx\./,
  )
  t.regex(await refusal(t, 'a.csv', ''), /found an empty file/)
  t.regex(await refusal(t, 'a.csv', 'patient,name\n'), /a header line and records in a\.csv, found no record/)
  t.regex(await refusal(t, 'a.csv', 'P-17,1977-01-31\nP-18,1980-01-31\n'), /Expected column names in the first line/)
  t.regex(await refusal(t, 'a.csv', 'P-17,Avery,male\nP-18,Blake,male\n'), /1 name that also occurs as a value/)
  t.regex(await refusal(t, 'a.csv', 'patient,\nP-17,1\n'), /none for column 2/)
  t.regex(
    await refusal(t, 'a.csv', 'patient,ward,patient\nP-17,1,2\n'),
    /Expected each column name once in the first line of a\.csv, found the name of column 1, "patient", again in column 3\./,
  )
  t.regex(await refusal(t, 'a.json', '{"id":\n"P-17"}\n{"id":\n"P-17"}'), /a list of records or one record a line/)
  t.regex(await refusal(t, 'a.json', '[{"id": "P-17"}, "P-17"]'), /1 of 2 records that is not/)
  t.regex(await refusal(t, 'a.json', '[{"id": "P-17"'), /in the middle of a record/)
  t.regex(await refusal(t, 'a.json', '{"P-171": {"age": 54}, "P-172": {"age": 61}}'), /2 names that look like data/)
  t.regex(await refusal(t, 'a.json.gz', 'P-17'), /gzip/)
  t.regex(await refusal(t, 'a.parquet', 'P-17'), /Parquet/)
})

test('a row without an id gets one from what it says, so that another day does not replace it', async t => {
  const text = 'patient_id,encounter,drug,dose\nP1,V1,Warfarin,5 mg\nP1,V1,Warfarin,5 mg\n'
  const made = await make(t, 'medications.csv', text)
  const select = made.read('sources/ward/treatments.sql')
  t.regex(select, /md5\(\[patient_id, encounter, drug, dose\]::varchar\)/)
  t.regex(select, /row_number\(\) over \(partition by patient_id, encounter, drug, dose order by file_no, record_no\)/)
  t.regex(made.read('sources/ward/ward.js'), /children = \{ treatments: 'entity' \}/)
  t.deepEqual(listed(made), [['treatments', 2, 2]])
})

test('a flat file that repeats the visit beside each diagnosis and drug loses none of them', async t => {
  const text = [
    'patient_id,visit_id,admitted_on,diagnosis_code,drug',
    'P1,V1,2026-02-01,E11.9,Metformin',
    'P1,V2,2026-02-13,A09,ORS',
    'P1,V2,2026-02-13,I10,Ramipril',
    '',
  ].join('\n')
  const made = await make(t, 'flat.csv', text)
  t.deepEqual(listed(made), [
    ['visits', 3, 2],
    ['diagnoses', 3, 3],
    ['treatments', 3, 3],
  ])
  t.regex(made.read('sources/ward/ward.js'), /children = \{ diagnoses: 'entity', treatments: 'entity' \}/)
  // A drug keeps its own diagnosis: both count within the visit.
  const position = /row_number\(\) over \(partition by patient_id, visit_id order by file_no, record_no\)/
  t.regex(made.read('sources/ward/diagnoses.sql'), position)
  t.regex(made.read('sources/ward/treatments.sql'), position)
})

test('a table of which no column is found has SQL all the same', async t => {
  const made = await make(t, 'odd.csv', 'x,y\n1,2\n', { tables: ['treatments'] })
  t.true(made.read('sources/ward/treatments.sql').includes('record_no::varchar as treatment_id'))
})
