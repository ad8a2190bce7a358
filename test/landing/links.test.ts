import { spawnSync } from 'node:child_process'
import { mkdirSync, realpathSync, renameSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { MissingInputError, RefusedError } from '../../pipelines/platform/errors.ts'
import { csv } from '../../pipelines/source/inputs.ts'
import type { Landing } from '../../pipelines/landing/delivery/claim-files.ts'
import { listLanding, type OtherFiles, type TestLanding, testLanding } from '../helpers/landing.ts'

const batch = { source: 'ward', date: '2023-05-01' }
const at = (name: string): string => `ward/20230501/${name}`
const input = (...files: [string, ...string[]]): ReturnType<typeof csv> => csv({ files, columns: ['a'] })
const vitals = { vitals: input('vitals_*.csv') }
const list = (root: string, inputs = vitals, others?: OtherFiles): Promise<Landing> =>
  listLanding(root, batch, inputs, others)

/** A landing with one good file. */
function delivered(t: ExecutionContext): TestLanding & { readonly folder: string } {
  const landing = testLanding(t)
  landing.write(at('vitals_1.csv'), 'a\n1\n')
  return { ...landing, folder: join(landing.root, 'ward/20230501') }
}

/** Puts something into the folder under a name, and says how it is called in the refusal. */
const intruders: Readonly<Record<string, (folder: string, path: string, t: ExecutionContext) => Promise<void> | void>> =
  {
    'a folder': (_, path) => {
      mkdirSync(path)
    },
    'a pipe': (_, path) => {
      if (spawnSync('mkfifo', [path]).status !== 0) throw new Error('no mkfifo')
    },
    'a socket': (_, path, t) =>
      new Promise(resolve => {
        const server = createServer().listen(path, () => {
          resolve()
        })
        t.teardown(() => server.close())
      }),
    'a device': (_, path) => {
      // Only root may make one; to others the refusal of a link to it is all there is to see.
      if (spawnSync('mknod', [path, 'c', '1', '5']).status !== 0) symlinkSync('/dev/zero', path)
    },
    'a link that leaves the landing root': (_, path) => {
      symlinkSync('/dev/zero', path)
    },
    'a link that leads nowhere': (folder, path) => {
      symlinkSync(join(folder, 'nothing'), path)
    },
  }

for (const [found, put] of Object.entries(intruders)) {
  test(`refused whether an input claims it or not: ${found}`, async t => {
    for (const name of ['vitals_2.csv', 'other.csv', 'done']) {
      const { root, folder } = delivered(t)
      await put(folder, join(folder, name), t)
      const error = await t.throwsAsync(list(root, vitals, { ignored: [], ready: { marker: 'done' } }), {
        instanceOf: RefusedError,
        message: new RegExp(`: ${name}\\.`),
      })
      if (found !== 'a device') t.true(error.message.includes(`found ${found}: `), error.message)
      if (name === 'other.csv') t.is((await list(root, vitals, { ignored: [name], ready: {} })).files.length, 1)
    }
  })
}

test('a link out of the root is refused also where it leads to a plain file', async t => {
  const { root, folder } = delivered(t)
  const outside = testLanding(t)
  outside.write('vitals.csv', '')
  symlinkSync(join(outside.root, 'vitals.csv'), join(folder, 'vitals_2.csv'))
  await t.throwsAsync(list(root), { instanceOf: RefusedError, message: /leaves the landing root/ })
})

test('a link inside the root is fine, and so is a root that is a link itself', async t => {
  const landing = delivered(t)
  landing.write('shared/vitals.csv', '')
  symlinkSync('../../shared/vitals.csv', join(landing.folder, 'vitals_2.csv'))
  const elsewhere = testLanding(t)
  symlinkSync(landing.root, join(elsewhere.root, 'landing'))
  const { files } = await list(join(elsewhere.root, 'landing'))
  t.deepEqual(
    files.map(({ name, entry }) => [name, entry.path]),
    [
      [at('vitals_1.csv'), join(realpathSync(landing.root), at('vitals_1.csv'))],
      [at('vitals_2.csv'), join(realpathSync(landing.root), 'shared/vitals.csv')],
    ],
  )
})

test('a date folder that is a link out of the root is refused, one that stays inside is not', async t => {
  const { root, folder } = delivered(t)
  symlinkSync('20230501', join(root, 'ward/20230502'))
  t.is((await listLanding(root, { ...batch, date: '2023-05-02' }, vitals)).files.length, 1)
  const outside = testLanding(t)
  renameSync(folder, join(outside.root, 'moved'))
  symlinkSync(join(outside.root, 'moved'), folder)
  await t.throwsAsync(list(root), { instanceOf: RefusedError, message: /link that leaves it/ })
  await t.throwsAsync(listLanding(join(root, 'ward'), { ...batch, source: '../../x' }, vitals), {
    instanceOf: MissingInputError,
  })
})
