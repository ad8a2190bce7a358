import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'
import { testProject } from '../../helpers/project.ts'

const code = `import { csv, Transformer } from 'caseload'

export class Ward extends Transformer {
  inputs = {
    findings: csv({ files: ['findings.csv'], columns: ['patient', 'code'], presence: 'optional' }),
    people: csv({ files: ['people.csv'], columns: ['patient'] }),
    codes: csv({ files: ['codes.csv'], columns: ['local', 'name'], static: true, unique: ['local'] }),
  }
  tables = ['patients', 'allergies']
  delivery = { allergies: 'full' }
}
`
const patients = 'select file_no, record_no, patient as patient_id from people\n'
const allergies = `select
  f.file_no,
  f.record_no,
  f.patient as patient_id,
  '1' as allergy_no,
  c.name as substance
from findings f
left join codes c on c.local = f.code
`

test('a code list is read with each batch, and batches made from another list are stale', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const project = testProject(t)
  project.write('sources/ward/ward.js', code)
  project.write('sources/ward/patients.sql', patients)
  project.write('sources/ward/allergies.sql', allergies)
  const call = (...args: readonly string[]): Promise<Ended> =>
    caseload(args, { url, cwd: project.root, env: { CASELOAD_LANDING: landing.root } })
  const states = async (): Promise<readonly string[]> => {
    const { stdout } = await call('status', '--to', '2023-05-02', '--json')
    const found = JSON.parse(stdout) as readonly Readonly<Record<string, string | null>>[]
    return found.map(one => [one['batch_date'], one['state'], one['reason'] ?? ''].join(' ').trim())
  }
  const found = (): Promise<unknown> => rowsOf(url, 'select patient_id, substance from store.allergies order by 1')

  landing.write('ward/20230501/people.csv', 'patient\nP1\n')
  landing.write('ward/20230501/findings.csv', 'patient,code\nP1,X\n')
  const missing = await call('run', 'ward', '2023-05-01')
  t.is(missing.code, 4, missing.stderr)
  t.regex(
    missing.stderr,
    /Expected the static file codes\.csv \(or \.gz\) in \S+\/ward\/static, or in \S+\/sources\/ward\/static/,
  )

  project.write('sources/ward/codes.csv', 'local,name\nX,Latex\n')
  const run = await call('run', 'ward', '2023-05-01')
  t.is(run.code, 0, run.stderr)
  t.deepEqual(await found(), [{ patient_id: 'P1', substance: 'Latex' }])
  const files = await rowsOf(url, 'select path, length(sha256) as hex from caseload.files order by path')
  t.deepEqual(files, [
    { path: 'ward/20230501/findings.csv', hex: 64 },
    { path: 'ward/20230501/people.csv', hex: 64 },
    { path: 'ward/static/codes.csv', hex: 64 },
  ])
  // The list alone is no delivery of a table: the full list of the day before stays.
  landing.write('ward/20230502/people.csv', 'patient\nP2\n')
  t.is((await call('run', 'ward', '2023-05-02')).code, 0)
  t.deepEqual(
    await rowsOf(url, `select newest_batch_date::text as day from delivered_tables where table_name = 'allergies'`),
    [{ day: '2023-05-01' }],
  )
  t.deepEqual(await states(), ['2023-05-01 published', '2023-05-02 published'])

  landing.write('ward/static/codes.csv', 'local,name\nX,Wasps\n')
  t.deepEqual(await states(), [
    '2023-05-01 stale files changed: changed static/codes.csv',
    '2023-05-02 stale files changed: changed static/codes.csv',
  ])
  const backfill = await call('backfill', 'ward', '--to', '2023-05-02', '--reprocess', 'stale')
  t.is(backfill.code, 0, backfill.stderr)
  t.deepEqual(await found(), [{ patient_id: 'P1', substance: 'Wasps' }])
  t.deepEqual(await states(), ['2023-05-01 published', '2023-05-02 published'])

  const tried = await call('try', 'ward', '2023-05-02', '--json')
  t.is(tried.code, 0, tried.stderr)
  t.like(JSON.parse(tried.stdout), { files: [{ input: 'people' }, { input: 'codes', name: 'ward/static/codes.csv' }] })
  const fields = await call('fields', 'ward', '2023-05-02')
  t.regex(fields.stdout, /\ncodes +name +declared +1/)
  const described = await call('describe', 'ward')
  t.regex(described.stdout, /No delivery brings the static files of codes\./)
  const doctor = await call('doctor')
  t.notRegex(doctor.stdout, /not named after a day/)

  // A list in which nothing was delivered is no reason to publish.
  landing.write('ward/20230503/people.csv', 'patient\n')
  const empty = await call('run', 'ward', '2023-05-03')
  t.is(empty.code, 3)
  t.regex(empty.stderr, /Expected records, found none in ward\/20230503\/people\.csv/)

  // Nor does it bring a dismissed day.
  t.is((await call('dismiss', 'ward', '2023-05-03', '--reason', 'nothing happened')).code, 0)
  landing.write('ward/static/codes.csv', 'local,name\nX,Wasps\n')
  t.like(await call('status', '--problems', '--to', '2023-05-03'), { code: 0, stdout: '' })
  landing.write('ward/20230503/people.csv', 'patient\nP3\n')
  t.regex((await call('status', '--problems', '--to', '2023-05-03')).stdout, /nothing happened; delivered since/)

  // A code that the list has twice would give its rows twice.
  landing.write('ward/static/codes.csv', 'local,name\nX,Wasps\n,none\nX,Qzvx\n,\n')
  for (const command of ['run', 'try']) {
    const twice = await call(command, 'ward', '2023-05-01')
    t.is(twice.code, 3, command)
    t.regex(
      twice.stderr + twice.stdout,
      /Expected each local of codes once, found 1 value more than once: record 1 of ward\/static\/codes\.csv, record 3 of /,
    )
    t.notRegex(twice.stderr + twice.stdout, /Qzvx/)
  }
  landing.write('ward/static/codes.csv', 'local,name\nX,Wasps\n,none\n,\n')
  t.is((await call('run', 'ward', '2023-05-01')).code, 0)

  landing.write('ward/static/notes.txt', '')
  const strange = await call('run', 'ward', '2023-05-01')
  t.is(strange.code, 3)
  t.regex(strange.stderr, /found 1 more in its landing folder: static\/notes\.txt/)
  rmSync(join(landing.root, 'ward/static'), { recursive: true })

  project.write(
    'sources/ward/ward.js',
    code.replaceAll(/ \}\),/g, ', static: true }),').replace('static: true, static', 'static'),
  )
  t.regex((await call('status')).stderr, /inputs are all static; expected one that comes with each delivery/)
})
