import test from 'ava'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testProject } from '../../helpers/project.ts'
import { startStore, type TestStore } from './store.ts'

let store: TestStore

test.before(async () => {
  store = await startStore()
})
test.after.always(async () => {
  await store.close()
})

const code = `import { csv, Transformer } from 'caseload'

export class Ward extends Transformer {
  inputs = {
    people: csv({ files: ['*.csv'], columns: ['patient', 'sex'] }),
    codes: csv({ files: ['codes.csv'], columns: ['local', 'name'], static: true }),
  }
  tables = ['patients']
}
`
const select = `select p.file_no, p.record_no, p.patient as patient_id, c.name
from people p
left join codes c on c.local = p.sex
`

test('static files are read from the store, else from beside the class on this machine', async t => {
  const { url } = await testDatabase(t)
  const project = testProject(t)
  project.write('sources/ward/ward.js', code)
  project.write('sources/ward/patients.sql', select)
  const call = (...args: readonly string[]): Promise<Ended> =>
    caseload(args, { url, cwd: project.root, env: { ...store.env(), CASELOAD_LANDING: 's3://wards/a' } })
  const run = async (): Promise<unknown> => {
    const done = await call('run', 'ward', '2023-05-01')
    t.is(done.code, 0, done.stderr)
    return rowsOf(url, 'select name from current_patients')
  }
  const reason = async (): Promise<unknown> => {
    const { stdout } = await call('status', '--from', '2023-05-01', '--to', '2023-05-01', '--json')
    return (JSON.parse(stdout) as readonly { reason: string | null }[])[0]?.reason
  }

  // A file of the delivery has the name of the list.
  await store.put('a/ward/20230501/codes.csv', 'patient,sex\nP1,X\n')
  const missing = await call('run', 'ward', '2023-05-01')
  t.is(missing.code, 4, missing.stderr)
  t.regex(
    missing.stderr,
    /the static file codes\.csv \(or \.gz\) in s3:\/\/wards\/a\/ward\/static, or in \S+\/sources\/ward\/static/,
  )

  project.write('sources/ward/static/codes.csv', 'local,name\nX,Avery\n')
  t.deepEqual(await run(), [{ name: 'Avery' }])
  t.is(await reason(), null)
  project.write('sources/ward/static/codes.csv', 'local,name\nX,Robin\n')
  t.is(await reason(), 'files changed: changed static/codes.csv')

  await store.put('a/ward/static/codes.csv', 'local,name\nX,Blake\n')
  t.deepEqual(await run(), [{ name: 'Blake' }])
  t.is(await reason(), null)
  const kept = `select object_etag from caseload.files where path = 'ward/static/codes.csv' and object_etag is not null`
  t.deepEqual(await rowsOf(url, kept), [{ object_etag: await store.etag('a/ward/static/codes.csv') }])
  await store.put('a/ward/static/codes.csv', 'local,name\nX,Casey\n')
  t.is(await reason(), 'files changed: changed static/codes.csv')
  await store.remove('a/ward/static/codes.csv')
  t.is(await reason(), 'files changed: changed static/codes.csv')

  await store.put('a/ward/static/notes.txt', '')
  t.regex((await call('run', 'ward', '2023-05-01')).stderr, /found 1 more in its landing folder: static\/notes\.txt/)
})
