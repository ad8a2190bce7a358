import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { folderLanding } from '../../pipelines/landing/files/folder-landing.ts'
import { csv } from '../../pipelines/source/inputs.ts'
import { localDelivery, testLanding } from '../helpers/landing.ts'

const batch = { source: 'ward', date: '2023-05-01' }
const inputs = { vitals: csv({ files: ['vitals_*.csv'], columns: ['a'] }) }

test('a delivery stays the same on its way to the process of the engine', async t => {
  const landing = testLanding(t)
  landing.write('ward/20230501/vitals_ä "1".csv', 'a\n1\n')
  const delivery = await localDelivery(landing.root, batch, inputs)
  t.like(delivery.files[0], {
    input: 'vitals',
    path: join(realpathSync(landing.root), 'ward/20230501/vitals_ä "1".csv'),
    name: 'ward/20230501/vitals_ä "1".csv',
    bytes: 4,
  })
  t.deepEqual({ manifest: undefined, ...(JSON.parse(JSON.stringify(delivery)) as object) }, { ...delivery })
})

test('the signal ends the listing of a folder with its reason', async t => {
  const { root } = testLanding(t)
  const stop = new AbortController()
  const declared = { inputs, ignored: [], ready: {} }
  const { signal } = stop
  const landing = folderLanding({ landing: root, batch, declared, signal, onProgress: () => undefined })
  const fetching = landing.fetch('')
  stop.abort(new Error('stopped'))
  await t.throwsAsync(fetching, { message: 'stopped' })
  await t.throwsAsync(landing.requireUnchanged([]), { message: 'stopped' })
})
