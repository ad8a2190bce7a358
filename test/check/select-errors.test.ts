import test from 'ava'
import { RefusedError, UsageError } from '../../pipelines/platform/errors.ts'
import { csv, json, list, object, scalar } from '../../pipelines/source/inputs.ts'
import { rowsOf } from '../helpers/database.ts'
import { type Scene, stageScene } from '../helpers/stage-files.ts'

const canary = 'Zzyzx-Canary'
const inputs = { people: csv({ files: ['a.csv'], columns: ['patient', 'pulse'] }) }
const files = { 'a.csv': `patient,pulse\nP1,31.01.1977\nP2,${canary}\nP3,\n` }
const select = (...more: readonly string[]): string =>
  `select ${['file_no', 'record_no', 'patient as patient_id', ...more].join(', ')} from people`
const patients = (...more: readonly string[]): Scene => ({ inputs, files, selects: { patients: select(...more) } })

test('a SELECT that fails on a value is named, and no file is', async t => {
  const stops: readonly (readonly [what: string, said: RegExp])[] = [
    [
      `strftime(strptime(pulse, '%d.%m.%Y'), '%Y-%m-%d') as birth_date`,
      /DuckDB: Invalid Input error: Could not parse string/,
    ],
    ['pulse::int::varchar as name', /DuckDB: Conversion error: Could not convert string/],
    ['error(pulse)::varchar as name', /DuckDB: Invalid Input error\)/],
  ]
  for (const [column, said] of stops) {
    const error = await t.throwsAsync(stageScene(t, patients(column)), { instanceOf: RefusedError }, column)
    t.regex(error.message, /^sources\/ward\/patients\.sql: this SELECT fails on a value of the delivery \(/)
    t.regex(error.message, said)
    t.regex(error.message, /try_cast.*try_strptime.*quarantine/)
    t.false(/a\.csv|well-formed|31\.01|Zzyzx/.test(error.message), error.message)
  }
})

test('the SELECT that fails is found among several, over JSON, and through the rows of another', async t => {
  const visits = `select file_no, record_no, patient_id, patient_id as visit_id, 'x'::varchar as reason from accepted_patients`
  const selects = { visits, patients: `${select('pulse::int::varchar as name')}; -- done` }
  const record = { patient: scalar, pulse: scalar }
  const scene = { inputs: { people: json({ files: ['a.json'], record }) }, selects }
  const content = `[{"patient":"P1","pulse":7},{"patient":"P2","pulse":"${canary}"}]`
  const error = await t.throwsAsync(stageScene(t, { ...scene, files: { 'a.json': content } }))
  t.true(error instanceof RefusedError)
  t.regex(error.message, /^sources\/ward\/patients\.sql: this SELECT fails/)
  t.false(error.message.includes(canary))
})

test('records that cannot be parsed go to quarantine before a SELECT reads them; a SELECT that fails on other records is named', async t => {
  const content = (last: string): string => `patient,pulse\nP1,7\nP2,8,9\nP3,"${canary}"0\nP4,${last}\n`
  const scene = patients('pulse::int::varchar as name')
  const { staged, runId, url } = await stageScene(t, { ...scene, files: { 'a.csv': content('71') } })
  t.is(staged[0]?.loaded, 2)
  const kept = await rowsOf(url, 'select rule from caseload.quarantine_rows where run_id = $1 order by record_no', [
    runId,
  ])
  t.deepEqual(kept, [{ rule: 'columns' }, { rule: 'quote' }])
  const stopped = stageScene(t, { ...scene, files: { 'a.csv': content(canary) } })
  const { message } = await t.throwsAsync(stopped, { instanceOf: RefusedError })
  t.regex(message, /^sources\/ward\/patients\.sql: this SELECT fails/)
  t.false(message.includes(canary))
})

test('what try_strptime cannot convert reaches the contract as delivered, and its row goes to quarantine', async t => {
  const scene = patients(`coalesce(strftime(try_strptime(pulse, '%d.%m.%Y'), '%Y-%m-%d'), pulse) as birth_date`)
  const { staged, told, url, runId } = await stageScene(t, scene)
  t.false(told.some(one => one.startsWith('again')))
  t.is(staged[0]?.loaded, 2)
  const kept = await rowsOf(
    url,
    'select record_no, column_name, rule, row from caseload.quarantine_rows where run_id = $1',
    [runId],
  )
  t.deepEqual(kept, [
    { record_no: 2, column_name: 'birth_date', rule: 'pattern', row: { patient_id: 'P2', birth_date: canary } },
  ])
})

const wrong: readonly (readonly [name: string, text: string, said: RegExp])[] = [
  ['a second statement', `${select()}; drop table people;`, / holds 2 statements; expected one SELECT\.$/],
  ['another SELECT', `${select()}; select 1`, / holds 2 statements/],
  ['nothing', '-- to do\n;', / holds no statement; expected one SELECT/],
  ['no SELECT', 'drop view people', /: The SELECT for patients of ward is rejected by DuckDB: DuckDB: Parser error/],
  ['a wrong format', select(`strptime(pulse, '%Q')::varchar as name`), /: .* is rejected by DuckDB: DuckDB: Invalid/],
  ['a parameter', select('$1 as name'), /: .* is rejected by DuckDB: DuckDB: Invalid/],
  ['an unknown name', select('puls as name'), /: .* is rejected by DuckDB: DuckDB: Binder error: .*"puls"/],
  ['a column twice', select('pulse as patient_id'), /: .* yields patient_id twice/],
  ['a column twice but for case', select('pulse as Patient_ID'), /: .* yields Patient_ID twice/],
  ['a column of no contract', select('pulse as shoe_size'), /: .* yields shoe_size, which the table does not have/],
  ['no column of the key', `select file_no, record_no, pulse as name from people`, /: .* must yield patient_id/],
  ['no text', select('length(pulse) as name'), /: .* must yield text; name is BIGINT/],
  ['a rule that is none', select('pulse as removed_by'), /: .* yields a removed_by that is not a rule name/],
  [
    'a file there is not',
    `select 7 as file_no, 1 as record_no, patient as patient_id from people`,
    /: A SELECT yields file_no 7/,
  ],
]

for (const [name, text, said] of wrong) {
  test(`a wrong SELECT is refused with its file: ${name}`, async t => {
    const scene = { inputs, files, selects: { patients: text } }
    const error = await t.throwsAsync(stageScene(t, scene), { instanceOf: UsageError })
    t.regex(error.message, /^sources\/ward\/patients\.sql[: ]/)
    t.regex(error.message, said)
    t.false(error.message.includes(canary))
  })
}

const forbiddenCalls = [
  `(select count(*)::varchar from read_csv('/etc/passwd'))`,
  `(select content from read_text('/etc/passwd'))`,
  `(select file from glob('/etc/*') limit 1)`,
  `(select Delimiter from sniff_csv('/etc/passwd'))`,
  `(select name from duckdb_secrets() limit 1)`,
  `(select name from which_secret('s3://a', 's3'))`,
]

for (const call of forbiddenCalls) {
  test(`a SELECT that uses something forbidden is refused, when it is described or when it runs: ${call}`, async t => {
    const scene = { inputs, files, selects: { patients: select(`${call} as name`) } }
    const error = await t.throwsAsync(stageScene(t, scene), { instanceOf: UsageError })
    t.regex(error.message, /^sources\/ward\/patients\.sql: .*SELECT .*uses something that no SELECT may use/)
  })
}

test('a semicolon and comments at the end of a SELECT are not statements', async t => {
  const text = `-- People; all of them\n${select(`';' as name`)} ; -- done; really\n/* ; /* ; */ */`
  const { staged } = await stageScene(t, { inputs, files, selects: { patients: text } })
  t.is(staged[0]?.loaded, 3)
})

test('a relation is found in a SELECT whatever its case, and behind what only looks like a comment', async t => {
  const optional = { late: csv({ files: ['late.csv'], presence: 'optional', columns: ['patient'] }), ...inputs }
  const from = (relation: string): string =>
    `select file_no, record_no, patient as patient_id, '--' as name from ${relation}`
  for (const relation of ['LATE', '"late"']) {
    const { staged } = await stageScene(t, { inputs: optional, files, selects: { patients: from(relation) } })
    t.deepEqual(staged, [], 'nothing came of it, which says nothing of the table')
  }
})

test('an input or a column that a SELECT could not tell from another is refused by name', async t => {
  for (const name of ['batch', 'Batch', 'accepted_patients', 'caseload_keys_patients', 'CASELOAD_x']) {
    const scene = { inputs: { [name]: inputs.people }, files, selects: {} }
    const error = await t.throwsAsync(stageScene(t, scene), { instanceOf: UsageError })
    t.regex(error.message, new RegExp(`found ${name}: .*Give the input another name`))
  }
  const alike = { people: inputs.people, People: csv({ files: ['b.csv'], columns: ['patient'] }) }
  await t.throwsAsync(stageScene(t, { inputs: alike, files, selects: {} }), { message: /found People twice: / })
  const columns = (...more: readonly string[]): Scene['inputs'] => ({
    people: csv({ files: ['a.csv'], columns: ['patient'], optional: more }),
  })
  const fields = { patient: scalar, list: list(object({ id: scalar, ID: scalar })) }
  const untold = [
    columns('record_no'),
    columns('File_No'),
    columns('Patient'),
    { people: json({ files: ['a.json'], record: fields }) },
  ]
  for (const [index, found] of ['record_no', 'File_No', 'Patient', 'ID'].entries()) {
    const scene = { inputs: untold[index] ?? {}, files, selects: {} }
    const error = await t.throwsAsync(stageScene(t, scene), { instanceOf: UsageError })
    t.regex(error.message, new RegExp(`in the input people, found ${found}: .*ignored`))
  }
  const named = {
    accepted: inputs.people,
    batches: csv({ files: ['b.csv'], presence: 'optional', columns: ['a', 'b'] }),
  }
  await t.notThrowsAsync(stageScene(t, { inputs: named, files, selects: {} }))
})
