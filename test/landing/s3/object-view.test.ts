import test from 'ava'
import { CaseloadError } from '../../../pipelines/platform/errors.ts'
import { changesOf } from '../../../pipelines/operate/staleness/file-changes.ts'
import type { Declared } from '../../../pipelines/landing/delivery/claim-files.ts'
import { openLandingView } from '../../../pipelines/landing/open-landing-view.ts'
import type { FileChanges, RecordedFile } from '../../../pipelines/source/fingerprint/staleness.ts'
import { csv } from '../../../pipelines/source/inputs.ts'
import { startStore, type TestStore } from './store.ts'

let store: TestStore

test.before(async () => {
  store = await startStore()
  // The SDK reads its keys there.
  Object.assign(process.env, store.env())
})
test.after.always(async () => {
  await store.close()
})

const declared: Declared = {
  inputs: { people: csv({ files: ['people_*.csv'], columns: ['patient_id'] }) },
  ignored: [],
  ready: {},
}
const batch = { source: 'ward__north', date: '2023-05-01' }
const folder = 'landing/ward__north/20230501'

test('a landing root in a store is listed, and what changed is told by ETags without a fetch', async t => {
  await store.put(`${folder}/people_1.csv`, 'patient_id\nP1\n')
  await store.put(`${folder}/people_2.csv`, 'patient_id\nP2\n')
  await store.put('landing/ward__north/20230503/people_1.csv', 'patient_id\n')
  await store.put('landing/ward__north/20231399/people_1.csv', 'patient_id\n')
  await store.put('landing/ward__north/notes/readme.txt', '')
  await store.put('landing/archive/old.zip', '')
  // This server shows a prefix only if some object lies directly below it; a real one shows all.
  await store.put('landing/ward__north/notes.txt', '')
  const view = await openLandingView({ landing: 's3://wards/landing', env: store.env() })
  t.teardown(() => {
    view.close()
  })
  t.deepEqual(await view.folders(), ['archive', 'ward__north'])
  t.deepEqual(await view.days('ward__north'), ['2023-05-01', '2023-05-03'])
  t.deepEqual(await view.days('nobody'), [])
  t.is(await view.landed({ ...batch, date: '2023-05-02' }, declared), undefined)

  const before = (await view.landed(batch, declared))?.files ?? []
  const recorded = before.map(({ name, bytes, etag = '' }): RecordedFile => ({
    path: name,
    bytes,
    sha256: 'never asked',
    etag,
  }))
  t.deepEqual(
    recorded.map(({ path, bytes, etag }) => [path, bytes, etag]),
    [
      ['ward__north/20230501/people_1.csv', 14, await store.etag(`${folder}/people_1.csv`)],
      ['ward__north/20230501/people_2.csv', 14, await store.etag(`${folder}/people_2.csv`)],
    ],
  )
  const changes = async (): Promise<FileChanges | undefined> => {
    const landed = await view.landed(batch, declared)
    return landed && changesOf(recorded, Date.now(), landed, () => Promise.reject(new Error('nothing is hashed')))
  }
  t.deepEqual(await changes(), { added: [], removed: [], changed: [] })
  await store.put(`${folder}/people_1.csv`, 'patient_id\nP9\n')
  await store.remove(`${folder}/people_2.csv`)
  await store.put(`${folder}/people_3.csv`, 'patient_id\nP3\n')
  t.deepEqual(await changes(), {
    added: ['ward__north/20230501/people_3.csv'],
    removed: ['ward__north/20230501/people_2.csv'],
    changed: ['ward__north/20230501/people_1.csv'],
  })
  await store.put(`${folder}/below/people_4.csv`, '')
  const problem = (await changes())?.problem ?? ''
  t.regex(problem, /found a folder: below/)
  t.true(problem.includes('s3://wards/landing/ward__north/20230501'))
})

test('a landing root that is not there is an error with words', async t => {
  const env = store.env()
  const view = await openLandingView({ landing: 's3://nobodys/landing', env })
  await t.throwsAsync(view.folders(), { instanceOf: CaseloadError, message: /nobodys/ })
  view.close()
  await t.throwsAsync(openLandingView({ landing: '/nowhere/at/all', env }), {
    instanceOf: CaseloadError,
    message: /landing root/,
  })
})
