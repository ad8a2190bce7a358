import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { MissingInputError, RefusedError, UsageError } from '../../pipelines/platform/errors.ts'
import { hashFile } from '../../pipelines/platform/file-identity.ts'
import { claimFiles, type Declared, type Landing } from '../../pipelines/landing/delivery/claim-files.ts'
import { judgeDelivery } from '../../pipelines/landing/delivery/judge-delivery.ts'
import { requireUnchanged } from '../../pipelines/landing/delivery/unchanged.ts'
import { folderStore } from '../../pipelines/landing/files/folder-landing.ts'
import { landedFiles } from '../../pipelines/landing/files/landed-files.ts'
import { folderView } from '../../pipelines/landing/files/landing-view.ts'
import { listDelivery } from '../../pipelines/landing/files/list-static.ts'
import { changesOf } from '../../pipelines/operate/staleness/file-changes.ts'
import { csv } from '../../pipelines/source/inputs.ts'
import { testLanding } from '../helpers/landing.ts'

const batch = { source: 'ward', date: '2023-05-01' }
const visits = csv({ files: ['*.csv'], columns: ['a'] })
const codes = csv({ files: ['codes*.csv'], columns: ['a'], static: true })

interface Scene {
  readonly root: string
  /** Writes a file into the landing. */
  readonly write: (name: string, content: string) => void
  readonly declared: Declared
  /** Writes a file into the folder of the class. */
  readonly beside: (name: string, content: string) => void
  readonly claim: (other?: Partial<Declared>) => Promise<Landing>
}

/** A day was delivered, with a file whose name a static pattern matches, too. */
function scene(t: ExecutionContext): Scene {
  const landing = testLanding(t)
  const folder = mkdtempSync(join(tmpdir(), 'caseload-class-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  mkdirSync(join(folder, 'static'))
  landing.write('ward/20230501/visits.csv', 'a\n1\n')
  landing.write('ward/20230501/codes.csv', 'a\n1\n')
  const declared: Declared = { inputs: { visits, codes }, ignored: [], ready: {}, folder }
  return {
    root: landing.root,
    write: (name, content) => {
      landing.write(name, content)
    },
    declared,
    beside: (name, content) => {
      writeFileSync(join(folder, name), content)
    },
    claim: async other => {
      const all = { ...declared, ...other }
      return claimFiles(await listDelivery(landing.root, batch, all), batch, all)
    },
  }
}

const claimed = ({ files }: Landing): readonly string[] => files.map(({ input, name }) => `${input} ${name}`)
const daily = ['visits ward/20230501/codes.csv', 'visits ward/20230501/visits.csv']

test('a static input reads the landing first, then static/ beside the class, then the folder of the class', async t => {
  const { root, write, beside, claim } = scene(t)
  const pathOf = async (): Promise<string | undefined> => {
    const { files } = await claim()
    return files.find(({ input }) => input === 'codes')?.entry.path
  }
  const missing = await t.throwsAsync(claim(), { instanceOf: MissingInputError })
  t.regex(
    missing.message,
    /the static file codes\*\.csv \(or \.gz\) in \S+\/ward\/static, or in \S+\/static, or in \S+,/,
  )
  t.true(missing.message.endsWith(', found no such file.'), missing.message)
  beside('Codes_1.csv', 'a\n')
  await t.throwsAsync(claim(), {
    message: /found no such file, but Codes_1\.csv, which differs in upper and lower case/,
  })
  beside('codes_1.csv', 'a\n')
  t.regex((await pathOf()) ?? '', /codes_1\.csv$/)
  beside('static/codes_2.csv', 'a\n')
  t.regex((await pathOf()) ?? '', /static\/codes_2\.csv$/)
  write('ward/static/codes_3.csv.gz', '')
  t.is(await pathOf(), join(root, 'ward/static/codes_3.csv.gz'))
  t.deepEqual(claimed(await claim()), [...daily, 'codes ward/static/codes_3.csv.gz'])
  t.deepEqual(claimed(await claim({ inputs: { visits } })), daily)
})

test('an optional static input may have no file', async t => {
  const { claim } = scene(t)
  t.deepEqual(claimed(await claim({ inputs: { visits, codes: { ...codes, presence: 'optional' } } })), daily)
})

test('a file in the static folder that nothing declares is refused by name, one that is ignored is not', async t => {
  const { root, write, beside, declared, claim } = scene(t)
  write('ward/static/codes.csv', 'a\n')
  write('ward/static/notes.txt', '')
  write('ward/static/.codes.csv.swp', '')
  beside('static/readme.txt', '')
  const judge = (other: Partial<Declared> = {}): Promise<unknown> =>
    judgeDelivery(folderStore(root, batch), batch, { ...declared, ...other }, new Date())
  await t.throwsAsync(judge(), {
    instanceOf: RefusedError,
    message: /found 1 more in its landing folder: static\/notes\.txt/,
  })
  await t.notThrowsAsync(judge({ ignored: ['*.txt'] }))
  await t.throwsAsync(
    judge({
      inputs: {
        ...declared.inputs,
        notes: csv({ files: ['Notes.txt'], columns: ['a'], static: true, presence: 'optional' }),
      },
    }),
    {
      instanceOf: RefusedError,
      message: /as ignored\. static\/notes\.txt differs in upper and lower case only from what/,
    },
  )
  await t.throwsAsync(claim({ inputs: { visits, codes, again: codes } }), {
    instanceOf: UsageError,
    message: /codes and again both claim static\/codes\.csv/,
  })
  write('ward/static/codes.csv.gz', '')
  await t.throwsAsync(judge({ ignored: ['*.txt'] }), {
    instanceOf: RefusedError,
    message: /codes\.csv beside codes\.csv\.gz/,
  })
})

test('static files are no part of the delivery: its manifest, its quiet age and its days do without', async t => {
  const { root, write, declared } = scene(t)
  write('ward/20230501/list', JSON.stringify({ files: [{ name: 'visits.csv' }, { name: 'codes.csv', records: 1 }] }))
  const last = Math.max(...['', '/list'].map(name => statSync(join(root, `ward/20230501${name}`)).ctimeMs))
  // The static file is younger than the delivery, however coarse the clock of the file system is.
  do write('ward/static/codes.csv', 'a\n1\n2\n')
  while (statSync(join(root, 'ward/static/codes.csv')).ctimeMs <= last)
  const ready = { manifest: 'list', quietSeconds: 10 }
  const late = new Date(last + 10_001)
  const { files } = await judgeDelivery(folderStore(root, batch), batch, { ...declared, ready }, late)
  t.is(files.length, 3)
  t.deepEqual(await folderView(root).days('ward'), ['2023-05-01'])
})

test('a code list that changes before the publish stops it', async t => {
  const { root, write, declared } = scene(t)
  write('ward/static/codes.csv', 'a\n1\n')
  const { files } = await judgeDelivery(folderStore(root, batch), batch, declared, new Date())
  const read = await Promise.all(
    files.map(async ({ name, entry: { path = '', bytes, modified: changedAt, identity } }) => ({
      ...{ name, bytes, changedAt, identity, sha256: await hashFile(path), records: 1 },
    })),
  )
  const unchanged = (): Promise<void> => requireUnchanged(folderStore(root, batch), batch, declared, read)
  await t.notThrowsAsync(unchanged())
  write('ward/static/codes.csv', 'a\n12\n')
  await t.throwsAsync(unchanged(), { instanceOf: RefusedError, message: /changed: ward\/static\/codes\.csv/ })
  rmSync(join(root, 'ward/static/codes.csv'))
  await t.throwsAsync(unchanged(), { instanceOf: RefusedError, message: /gone: ward\/static\/codes\.csv/ })
})

test('a list that is older than the run and took the place of another is found by its hash', async t => {
  const { root, write, beside, declared } = scene(t)
  beside('codes.csv', 'a\n1\n')
  write('ward/static/codes.csv', 'a\n2\n')
  const landed = async (): Promise<NonNullable<Awaited<ReturnType<typeof landedFiles>>>> => {
    const found = await landedFiles(root, batch, declared)
    if (found === undefined) throw new Error('no landing folder')
    return found
  }
  const before = await landed()
  const recorded = await Promise.all(
    before.files.map(async ({ name, bytes, path = '' }) => ({
      path: name,
      bytes,
      sha256: await hashFile(path),
      etag: null,
    })),
  )
  const future = Date.now() + 1e9
  t.deepEqual(await changesOf(recorded, future, before), { added: [], removed: [], changed: [] })
  rmSync(join(root, 'ward/static'), { recursive: true })
  t.deepEqual((await changesOf(recorded, future, await landed())).changed, ['ward/static/codes.csv'])
})
