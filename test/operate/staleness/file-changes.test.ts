import { linkSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { changesOf } from '../../../pipelines/operate/staleness/file-changes.ts'
import type { Declared } from '../../../pipelines/landing/delivery/claim-files.ts'
import { landedFiles } from '../../../pipelines/landing/files/landed-files.ts'
import { hashFile } from '../../../pipelines/platform/file-identity.ts'
import type { FileChanges, RecordedFile } from '../../../pipelines/source/fingerprint/staleness.ts'
import { csv } from '../../../pipelines/source/inputs.ts'
import { testLanding } from '../../helpers/landing.ts'

const batch = { source: 'ward', date: '2023-05-01' }
const folder = 'ward/20230501'
const declared: Declared = {
  inputs: { people: csv({ files: ['people_*.csv'], columns: ['patient_id'] }) },
  ignored: ['*.log'],
  ready: { marker: '_DONE' },
}

interface Delivered {
  readonly root: string
  readonly write: (name: string, content: string) => void
  /** What changed since the files were read at this time (default: in a second from now), and the files it hashed. */
  readonly changes: (startedAt?: number) => Promise<{ changes: FileChanges | undefined; hashed: readonly string[] }>
}

/** Two files that a run read. */
async function delivered(t: ExecutionContext): Promise<Delivered> {
  const landing = testLanding(t)
  landing.write(`${folder}/people_1.csv`, 'patient_id\nP1\n')
  landing.write(`${folder}/people_2.csv`, 'patient_id\nP2\n')
  const read = (await landedFiles(landing.root, batch, declared))?.files ?? []
  const recorded = await Promise.all(
    read.map(async ({ name, bytes, path = '' }): Promise<RecordedFile> => ({
      path: name,
      bytes,
      sha256: await hashFile(path),
      etag: null,
    })),
  )
  return {
    root: landing.root,
    write: (name, content) => {
      landing.write(name, content)
    },
    changes: async (startedAt = Date.now() + 2000) => {
      const landed = await landedFiles(landing.root, batch, declared)
      const hashed: string[] = []
      const hash = (path: string): Promise<string> => {
        hashed.push(path.slice(path.lastIndexOf('/') + 1))
        return hashFile(path)
      }
      return { changes: landed && (await changesOf(recorded, startedAt, landed, hash)), hashed }
    },
  }
}

const none: FileChanges = { added: [], removed: [], changed: [] }
const first = `${folder}/people_1.csv`
const second = `${folder}/people_2.csv`

test('files that are older than the run are not read', async t => {
  const { changes, write } = await delivered(t)
  // Neither a marker nor an ignored or a hidden file is one that a run reads.
  for (const name of ['_DONE', 'sent.log', '.people_1.csv.part']) write(`${folder}/${name}`, '')
  t.deepEqual(await changes(), { changes: none, hashed: [] })
})

test('a file that may have changed since is hashed, and one of another size is not', async t => {
  const { changes, write } = await delivered(t)
  t.deepEqual(await changes(0), { changes: none, hashed: ['people_1.csv', 'people_2.csv'] })
  write(first, 'patient_id\nP9\n')
  write(second, 'patient_id\nP2\nP3\n')
  t.deepEqual(await changes(0), { changes: { ...none, changed: [first, second] }, hashed: ['people_1.csv'] })
  write(first, 'patient_id\nP1\n')
  write(second, 'patient_id\nP2\n')
  t.deepEqual((await changes(0)).changes, none)
})

test('late, vanished and undeclared files are told by name', async t => {
  const { root, changes, write } = await delivered(t)
  rmSync(join(root, first))
  write(`${folder}/people_3.csv`, 'patient_id\nP3\n')
  write(`${folder}/notes.txt`, 'a stranger')
  t.deepEqual((await changes()).changes, {
    added: [`${folder}/people_3.csv`, `${folder}/notes.txt`],
    removed: [first],
    changed: [],
  })
  rmSync(join(root, folder), { recursive: true })
  t.deepEqual(await changes(), { changes: undefined, hashed: [] })
  mkdirSync(join(root, folder))
  t.deepEqual((await changes()).changes, { ...none, removed: [first, second] })
})

test('a file of the same size is seen however it got there', async t => {
  for (const replace of [byRename, byLink, byFolder, bySymlink, byFolderLink]) {
    const delivery = await delivered(t)
    delivery.write('spare/people_1.csv', 'patient_id\nP9\n')
    delivery.write('spare/people_2.csv', 'patient_id\nP2\n')
    utimesSync(join(delivery.root, 'spare/people_1.csv'), 1, 1)
    const now = await laterThan(delivery, 'spare/people_2.csv')
    // What changesOf allows clocks to differ by.
    const startedAt = now + 990
    replace(delivery.root)
    t.deepEqual((await delivery.changes(startedAt)).changes, { ...none, changed: [first] }, replace.name)
  }
})

test('a landing root, or the folder of a source, that is a link is as new as the link', async t => {
  for (const linked of ['', 'ward']) {
    const delivery = await delivered(t)
    const { root, write } = delivery
    write('spare/people_1.csv', 'patient_id\nP9\n')
    const now = await laterThan(delivery, 'spare/people_1.csv')
    const current = linked === '' ? join(root, 'current') : root
    if (linked === '') symlinkSync(root, current)
    else {
      renameSync(join(root, linked), join(root, 'release'))
      symlinkSync(join(root, 'release'), join(root, linked))
    }
    const files = (await landedFiles(current, batch, declared))?.files ?? []
    t.is(files.length, 2)
    for (const { changedAt } of files) t.true(changedAt >= now, linked)
  }
})

/**
 * Waits until a file is 50 ms old, and gives the time then, by the clock that the file system stamps with: it runs in ticks,
 * and was seen 12 ms behind ours.
 */
async function laterThan({ root, write }: Delivered, name: string): Promise<number> {
  const before = statSync(join(root, name)).ctimeMs
  for (;;) {
    write('tick', '')
    const { ctimeMs } = statSync(join(root, 'tick'))
    if (ctimeMs >= before + 50) return ctimeMs
    await sleep(10)
  }
}

function byRename(root: string): void {
  renameSync(join(root, 'spare/people_1.csv'), join(root, first))
}

function byLink(root: string): void {
  rmSync(join(root, first))
  linkSync(join(root, 'spare/people_1.csv'), join(root, first))
}

function byFolder(root: string): void {
  rmSync(join(root, folder), { recursive: true })
  renameSync(join(root, 'spare'), join(root, folder))
}

function bySymlink(root: string): void {
  rmSync(join(root, first))
  symlinkSync(join(root, 'spare/people_1.csv'), join(root, first))
}

function byFolderLink(root: string): void {
  rmSync(join(root, folder), { recursive: true })
  symlinkSync(join(root, 'spare'), join(root, folder))
}

test('a folder that cannot be listed as declared is a problem, in words', async t => {
  const { root, changes } = await delivered(t)
  symlinkSync('/nowhere', join(root, folder, 'people_3.csv'))
  t.regex((await changes()).changes?.problem ?? '', /a link that leads nowhere: people_3.csv/)
})

test('an object is compared by its ETag and never fetched', async t => {
  const recorded = { path: first, bytes: 3, sha256: 'unused', etag: 'e1' }
  const object = { name: first, bytes: 3, changedAt: 5000, etag: 'e1', path: undefined, isStatic: false }
  const told = (old: RecordedFile, startedAt: number, etag: string): Promise<FileChanges> =>
    changesOf([old], startedAt, { files: [{ ...object, etag }], problem: undefined })
  t.deepEqual(await told(recorded, 0, 'e1'), none)
  t.deepEqual(await told(recorded, 9000, 'e2'), { ...none, changed: [first] })
  // Loaded from a folder: only the time tells.
  t.deepEqual(await told({ ...recorded, etag: null }, 9000, 'e1'), none)
  t.deepEqual(await told({ ...recorded, etag: null }, 4000, 'e1'), { ...none, changed: [first] })
})
