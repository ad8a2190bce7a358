import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { folderWriter } from '../../../pipelines/landing/write/folder-writer.ts'
import { type LandingInput, landingInput } from '../../../pipelines/landing/write/landing-input.ts'
import { landRecords } from '../../../pipelines/landing/write/land.ts'
import { csvOf, readRecords } from '../../../pipelines/landing/write/records.ts'
import { loadSource, shippedSources } from '../../../pipelines/source/load-source.ts'
import { caseload, root as checkout } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'

const good = {
  mrn: 'M1',
  first_name: 'Avery',
  last_name: 'Sample',
  birth_date: '1990-01-01',
  visit_account_number: 'V1',
  visit_date: '2023-05-01',
  reason: 'Cough',
}
const batch = { source: 'intake', date: '2023-05-01' }

const intake = async (): Promise<LandingInput> => landingInput(await loadSource('intake', [shippedSources]))

/** What reading records says; undefined if they are good. */
async function refusal(json: unknown): Promise<string | undefined> {
  try {
    readRecords(typeof json === 'string' ? json : JSON.stringify(json), await intake())
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Everything a message may hold: no value of these records. */
const secret = 'Zzyzx'

const refused: Readonly<Record<string, readonly [record: unknown, fault: RegExp]>> = {
  'a field that is not there': [{ ...good, mrn: undefined }, /record 1: mrn is missing$/],
  'a field that is null': [{ ...good, last_name: null }, /last_name is missing/],
  'a number': [{ ...good, mrn: 12345 }, /mrn is not a text/],
  'an object': [{ ...good, reason: { text: secret } }, /reason is not a text/],
  'a blank text': [{ ...good, first_name: '  ' }, /first_name is blank/],
  'a day that no calendar has': [{ ...good, birth_date: '1990-02-30' }, /birth_date is a day that/],
  'a day in another form': [{ ...good, visit_date: '05/01/2023' }, /visit_date is not a date as yyyy-mm-dd/],
  'a day of another age': [{ ...good, birth_date: '1066-10-14' }, /birth_date /],
  'a number of a record that is too long': [{ ...good, mrn: secret.repeat(60) }, /mrn /],
  'an account number that is too long': [{ ...good, visit_account_number: 'V'.repeat(256) }, /visit_account_number /],
  'a text that is too long': [{ ...good, reason: 'x'.repeat(1_048_577) }, /reason /],
  'half a character': [{ ...good, last_name: 'Sam\ud800ple' }, /last_name holds half a character/],
  'a NUL': [{ ...good, reason: 'a\0b' }, /reason /],
  'a field that nobody declared': [{ ...good, [secret]: 'x' }, /it has 1 fields that are not declared/],
  'a text': [secret, /record 1: it is not an object/],
  'a list in the list': [[[good]], /record 1: it is not an object/],
  'no record': [[], /empty array/],
}

for (const [what, [record, fault]] of Object.entries(refused)) {
  test(`${what} is refused, by record and field, without its value`, async t => {
    const said = (await refusal(Array.isArray(record) ? record : [record])) ?? ''
    t.regex(said, fault)
    t.notRegex(said, /Zzyzx|12345|1990-02-30|05\/01|1066/)
  })
}

test('all bad records are named, up to twenty, and what is no JSON is not repeated', async t => {
  const bad = { ...good, mrn: '' }
  t.regex(
    (await refusal([good, bad, good, { ...bad, reason: '' }])) ?? '',
    /2 of 4 records.*\n {2}record 2: mrn .*\n {2}record 4: mrn .*; reason is blank$/,
  )
  const many = (await refusal(Array.from({ length: 30 }, () => bad))) ?? ''
  t.is(many.split('\n').length, 22)
  t.true(many.endsWith('and 10 more records'))
  t.notRegex((await refusal(`[{"mrn": "${secret}`)) ?? '', /Zzyzx/)
})

test('a field that comes twice refuses the records, however its name is written', async t => {
  const text = JSON.stringify(good)
  const twice = text.replace('{"mrn":"M1"', '{"mrn":"Zzyzx","mrn":"M1"')
  t.regex((await refusal(`[${text},${twice}]`)) ?? '', /1 of 2 records.*\n {2}record 2: mrn occurs twice$/)
  t.regex((await refusal(twice)) ?? '', /record 1: mrn occurs twice$/)
  const escaped = text.replace('"mrn"', '"\\u006drn":"Zzyzx","mrn"')
  t.regex((await refusal(`[${escaped}]`)) ?? '', /record 1: mrn occurs twice$/)
  const unknown = text.replace('{', '{"Zzyzx":1,"Zzyzx":2,')
  t.regex((await refusal(unknown)) ?? '', /record 1: a name that is not declared occurs twice; it has 1 fields/)
  t.regex((await refusal(text.replace('"M1"', '{"a":1,"a":2}'))) ?? '', /occurs twice; mrn is not a text/)
  t.is(await refusal(`[${text},${text}]`), undefined)
  t.is(await refusal({ ...good, reason: '"mrn":' }), undefined)
  for (const said of [twice, escaped, unknown]) t.notRegex((await refusal(said)) ?? '', /Zzyzx/)
})

test('law: what is landed reads back as it was given', async t => {
  const target = await intake()
  const text = fc.string({ unit: 'binary', maxLength: 40 }).filter(one => one.trim() !== '' && !one.includes('\0'))
  // What stands in an identifier is composed and visible.
  const visible = fc.constantFrom('a', 'Z', '0', '-', '/', '"', "'", ',', 'É', 'ß', '漢', '🏥')
  const id = fc.string({ unit: visible, minLength: 1, maxLength: 40 })
  const record = fc.record({
    mrn: id,
    first_name: id,
    last_name: id,
    birth_date: fc.constantFrom('1990-01-01', '2000-02-29'),
    visit_account_number: id,
    visit_date: fc.constant('2023-05-01'),
    reason: fc.oneof(text, fc.constantFrom('a\rb', 'a\r\nb', '"', ',', ' " ,\n', "'")),
  })
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), records => {
      const landed = csvOf(readRecords(JSON.stringify(records), target), target)
      t.deepEqual(parse(landed, { columns: true, record_delimiter: '\n' }), records)
    }),
  )
})

test('files of one moment have names of their own, and none is replaced', async t => {
  const target = await intake()
  const { root } = testLanding(t)
  const now = new Date('2023-05-01T08:15:00.999Z')
  const create = folderWriter(root, batch)
  const files = []
  for (let n = 0; n < 3; n++) {
    files.push((await landRecords(JSON.stringify({ ...good, mrn: `M${n}` }), batch, target, create, now)).file)
  }
  const folder = join(root, 'intake/20230501')
  t.deepEqual(files, [
    join(folder, 'patient_intake_20230501T081500999Z.csv'),
    join(folder, 'patient_intake_20230501T081501000Z.csv'),
    join(folder, 'patient_intake_20230501T081501001Z.csv'),
  ])
  t.deepEqual(
    files.map(file => readFileSync(file, 'utf8').includes('M0,')),
    [true, false, false],
  )
  t.deepEqual(
    files.map(file => statSync(file).mode & 0o027),
    [0, 0, 0],
  )
  t.is(readdirSync(folder).length, 3)
})

test('a folder that leads out of the landing root is refused, and nothing is written', async t => {
  const { root } = testLanding(t)
  const outside = testLanding(t)
  mkdirSync(join(root, 'intake'))
  symlinkSync(outside.root, join(root, 'intake/20230501'))
  const create = folderWriter(root, batch)
  await t.throwsAsync(landRecords(JSON.stringify(good), batch, await intake(), create, new Date()), {
    message: /a link that leaves it/,
  })
  t.deepEqual(readdirSync(outside.root), [])
})

function landing(t: ExecutionContext): { root: string; records: (value: unknown) => string } {
  const { root } = testLanding(t)
  const elsewhere = testLanding(t)
  return {
    root,
    records: value => {
      const path = join(elsewhere.root, 'records.json')
      writeFileSync(path, JSON.stringify(value))
      return path
    },
  }
}

test('landed from a file and from standard input, and then loaded', async t => {
  const { root, records } = landing(t)
  const nasty = {
    ...good,
    mrn: 'M2',
    visit_account_number: 'V2',
    last_name: 'O"Sample, Jr',
    reason: 'line one\nline two',
  }
  const first = await caseload(['land', 'intake', '20230501', records([good, nasty]), '--landing', root])
  t.is(first.code, 0, first.stderr)
  t.regex(first.stdout, /^Landed 2 records in \/.*\/intake\/20230501\/patient_intake_\d{8}T\d{9}Z\.csv\n$/)
  const second = spawnSync(
    process.execPath,
    [join(checkout, 'dist/bin/caseload.js'), 'land', 'intake', '2023-05-01', '--json', '--landing', root],
    { input: JSON.stringify({ ...good, mrn: 'M3', visit_account_number: 'V3' }), encoding: 'utf8' },
  )
  t.is(second.status, 0, second.stderr)
  t.is((JSON.parse(second.stdout) as { records: number }).records, 1)
  const { url } = await testDatabase(t)
  const run = await caseload(['run', 'intake', '20230501', '--landing', root], { url })
  t.is(run.code, 0, run.stderr)
  t.deepEqual(
    await rowsOf(
      url,
      'select patient_id, reason, last_name from current_visits join current_patients using (patient_id) order by 1',
    ),
    [
      { patient_id: 'M1', reason: 'Cough', last_name: 'Sample' },
      { patient_id: 'M2', reason: 'line one\nline two', last_name: 'O"Sample, Jr' },
      { patient_id: 'M3', reason: 'Cough', last_name: 'Sample' },
    ],
  )
})

test('what cannot be landed: exit codes, and no file', async t => {
  const { root, records } = landing(t)
  const land = (...args: string[]): Promise<{ code: number | null; stderr: string }> =>
    caseload(['land', ...args, '--landing', root])
  t.is((await land('intake', '20230501', records([good, { ...good, birth_date: 'soon' }]))).code, 3)
  t.is((await land('intake', '20230501', join(root, 'no-such.json'))).code, 4)
  const other = await land('source_a', '20230501', records([good]))
  t.is(other.code, 2)
  t.regex(other.stderr, /only input is CSV/)
  t.deepEqual(readdirSync(root), [])
  t.is((await caseload(['land', 'intake', '20230501', records([good]), '--landing', join(root, 'none')])).code, 4)
})
