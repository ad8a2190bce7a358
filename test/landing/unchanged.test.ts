import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { RefusedError, UsageError } from '../../pipelines/platform/errors.ts'
import { fileIdentity } from '../../pipelines/platform/file-identity.ts'
import { csv } from '../../pipelines/source/inputs.ts'
import { requireUnchanged } from '../../pipelines/landing/delivery/unchanged.ts'
import { folderStore } from '../../pipelines/landing/files/folder-landing.ts'
import { requireStill } from '../../pipelines/landing/files/unchanged.ts'
import { listLanding, testLanding } from '../helpers/landing.ts'

const batch = { source: 'ward', date: '2023-05-01' }
const at = (name: string): string => `ward/20230501/${name}`
const source = {
  inputs: { vitals: csv({ files: ['vitals_*.csv'], columns: ['a'] }) },
  ignored: ['*.txt'],
  ready: { marker: 'done', manifest: 'list', quietSeconds: 86_400 },
}

interface Loaded {
  readonly folder: string
  readonly write: (name: string, content: string) => void
  readonly unchanged: (identifies?: (path: string) => boolean) => Promise<void>
}

/** Two files were delivered, complete, and read. */
async function loaded(t: ExecutionContext): Promise<Loaded> {
  const landing = testLanding(t)
  const write = (name: string, content: string): void => {
    landing.write(at(name), content)
  }
  write('vitals_1.csv', 'a\n1\n')
  write('vitals_2.csv', 'a\n2\n')
  write('done', '')
  write('list', JSON.stringify({ files: [{ name: 'vitals_1.csv', records: 1 }, { name: 'vitals_2.csv' }] }))
  // A whole second, which can be given to another file.
  for (const name of ['vitals_1.csv', 'vitals_2.csv']) utimesSync(join(landing.root, at(name)), 1e9, 1e9)
  const listed = await listLanding(landing.root, batch, source.inputs, source)
  const files = listed.files.map(({ name, entry: { path = '' } }) => ({
    name,
    bytes: statSync(path).size,
    changedAt: statSync(path).mtimeMs,
    identity: fileIdentity(statSync(path)),
    sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
    records: 1,
  }))
  return {
    folder: join(landing.root, at('')),
    write,
    unchanged: identifies => requireUnchanged(folderStore(landing.root, batch, identifies), batch, source, files),
  }
}

test('a folder that nobody touched may be published, however young it is', async t => {
  const delivery = await loaded(t)
  await t.notThrowsAsync(delivery.unchanged())
  delivery.write('note.txt', 'ignored')
  delivery.write('.hidden', '')
  await t.notThrowsAsync(delivery.unchanged())
})

/** Puts another file in the place of one, of the same size and time, as rsync and `cp -p` do. */
function swap(folder: string, name: string, content: string): void {
  writeFileSync(join(folder, '.new'), content)
  utimesSync(join(folder, '.new'), 1e9, 1e9)
  renameSync(join(folder, '.new'), join(folder, name))
}

test('a file that was swapped for another of its size and time is noticed', async t => {
  const delivery = await loaded(t)
  swap(delivery.folder, 'vitals_2.csv', 'a\n3\n')
  await t.throwsAsync(delivery.unchanged(), {
    instanceOf: RefusedError,
    message: /changed: ward\/20230501\/vitals_2\.csv\./,
  })
})

test('where the file system tells no files apart, the bytes decide', async t => {
  const delivery = await loaded(t)
  swap(delivery.folder, 'vitals_2.csv', 'a\n2\n')
  await t.notThrowsAsync(delivery.unchanged(() => false))
  swap(delivery.folder, 'vitals_2.csv', 'a\n3\n')
  await t.throwsAsync(
    delivery.unchanged(() => false),
    { message: /changed: ward\/20230501\/vitals_2\.csv\./ },
  )
})

const changes: Readonly<Record<string, readonly [change: (delivery: Loaded) => void, message: RegExp]>> = {
  'a file that grew': [
    ({ write }) => {
      write('vitals_2.csv', 'a\n2\n3\n')
    },
    /changed: ward\/20230501\/vitals_2\.csv\./,
  ],
  'a file of the same size written anew': [
    ({ folder }) => {
      utimesSync(join(folder, 'vitals_1.csv'), 1, 1)
    },
    /changed: ward\/20230501\/vitals_1\.csv\./,
  ],
  'a file that has gone': [
    ({ folder }) => {
      rmSync(join(folder, 'vitals_1.csv'))
    },
    /gone: ward\/20230501\/vitals_1\.csv\./,
  ],
  'a file that was renamed': [
    ({ folder }) => {
      renameSync(join(folder, 'vitals_1.csv'), join(folder, 'vitals_0.csv'))
    },
    /gone: .*vitals_1\.csv; new: .*vitals_0\.csv\./,
  ],
  'a file more': [
    ({ write }) => {
      write('vitals_3.csv', '')
    },
    /new: ward\/20230501\/vitals_3\.csv\./,
  ],
  'a file more that nobody declared': [
    ({ write }) => {
      write('vitals_3.csv.part', '')
    },
    /new: vitals_3\.csv\.part\./,
  ],
  'a folder more': [
    ({ folder }) => {
      mkdirSync(join(folder, 'more'))
    },
    /found a folder: more/,
  ],
  'no folder any more': [
    ({ folder }) => {
      rmSync(folder, { recursive: true })
    },
    /it is not there/,
  ],
  'a marker that was taken back': [
    ({ folder }) => {
      rmSync(join(folder, 'done'))
    },
    /the marker done/,
  ],
  'a manifest that counts otherwise now': [
    ({ write }) => {
      write('list', JSON.stringify({ files: [{ name: 'vitals_1.csv', records: 2 }, { name: 'vitals_2.csv' }] }))
    },
    /Expected 2 records in .*vitals_1\.csv.* found 1/,
  ],
}

for (const [what, [change, message]] of Object.entries(changes)) {
  test(`nothing is published after ${what}`, async t => {
    const delivery = await loaded(t)
    change(delivery)
    const error = await t.throwsAsync(delivery.unchanged(), { instanceOf: RefusedError, message })
    t.regex(error.message, /changed while it was loaded.*nothing of it was published.*Run the batch again/)
  })
}

test('an error of the source stays one', async t => {
  const { root } = testLanding(t)
  mkdirSync(join(root, at('')), { recursive: true })
  const wrong = { ...source, ignored: ['a/b'] }
  await t.throwsAsync(requireUnchanged(folderStore(root, batch), batch, wrong, []), { instanceOf: UsageError })
})

test('a scanned file that changed or has gone is named, whatever else lies in its folder', t => {
  const landing = testLanding(t)
  const scanned = ['one', 'two', 'three'].map(name => {
    landing.write(name, '')
    const path = join(landing.root, name)
    return { name, path, bytes: 0, changedAt: statSync(path).mtimeMs, identity: fileIdentity(statSync(path)) }
  })
  landing.write('four', '')
  t.notThrows(() => {
    requireStill(scanned)
  })
  rmSync(join(landing.root, 'one'))
  landing.write('three', '1')
  t.throws(
    () => {
      requireStill(scanned)
    },
    { instanceOf: RefusedError, message: /: one, three\./ },
  )
})
