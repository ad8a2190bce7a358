import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import { namedAccount } from '../../pipelines/embedded/account.ts'
import { findBinaries } from '../../pipelines/embedded/binaries.ts'
import { makeDataFolder } from '../../pipelines/embedded/data-folder.ts'
import { caseloadHome } from '../../pipelines/embedded/home.ts'
import { findServerPaths, makeFolders } from '../../pipelines/embedded/paths.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { folderOf, runProgram, scratchHome } from './scratch.ts'

const isRoot = process.geteuid?.() === 0

test('the home is CASELOAD_HOME, else the .caseload beside the nearest package.json or .caseload', t => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'caseload-test-')))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  mkdirSync(join(folder, 'project', 'deep', 'down'), { recursive: true })
  writeFileSync(join(folder, 'project', 'package.json'), '{}')
  const down = join(folder, 'project', 'deep', 'down')
  t.is(caseloadHome({}, down), join(folder, 'project', '.caseload'))
  mkdirSync(join(folder, 'project', 'deep', '.caseload'))
  t.is(caseloadHome({}, down), join(folder, 'project', 'deep', '.caseload'))
  t.is(caseloadHome({ CASELOAD_HOME: '' }, down), join(folder, 'project', 'deep', '.caseload'))
  t.is(caseloadHome({ CASELOAD_HOME: '../own' }, down), join(folder, 'project', 'deep', 'own'))
})

test('a project has one home, from any of its folders and from outside by CASELOAD_PROJECT', t => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'caseload-test-')))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const project = join(folder, 'my-ward')
  const inner = join(project, 'sources', 'vitals')
  mkdirSync(inner, { recursive: true })
  writeFileSync(join(project, 'package.json'), '{"dependencies":{"caseload":"1.0.0"}}')
  // A package.json inside the project, and a .caseload that an earlier call left, are not homes.
  writeFileSync(join(project, 'sources', 'package.json'), '{}')
  mkdirSync(join(inner, '.caseload'))
  const home = join(project, '.caseload')
  t.is(caseloadHome({}, project), home)
  t.is(caseloadHome({}, inner), home)
  t.is(caseloadHome({ CASELOAD_PROJECT: project }, '/'), home)
  t.is(caseloadHome({ CASELOAD_PROJECT: 'my-ward' }, folder), home)
  t.is(caseloadHome({ CASELOAD_PROJECT: project, CASELOAD_HOME: join(folder, 'own') }, '/'), join(folder, 'own'))
})

test('the socket path is short enough wherever the home lies', t => {
  const home = join(scratchHome(t), 'a'.repeat(120), 'b'.repeat(120))
  t.true(Buffer.byteLength(join(findServerPaths(home).socketFolder, '.s.PGSQL.65535')) <= 103)
})

test('a socket folder that other users can enter, or that another user owns, is refused', t => {
  const home = scratchHome(t)
  const socketFolder = join(home, '..', 'socket')
  const paths = { ...findServerPaths(home), root: join(home, 'postgres'), socketFolder, account: undefined }
  mkdirSync(socketFolder)
  chmodSync(socketFolder, 0o755)
  t.throws(
    () => {
      makeFolders(paths)
    },
    { instanceOf: UsageError, message: /0700/ },
  )
  chmodSync(socketFolder, 0o700)
  t.notThrows(() => {
    makeFolders(paths)
  })
  if (!isRoot) return
  chownSync(socketFolder, 12345, 12345)
  t.throws(
    () => {
      makeFolders(paths)
    },
    { instanceOf: UsageError, message: /that the account of the server owns/ },
  )
})

test('as root, a moved home keeps its database and a copied one gets its own', t => {
  if (!isRoot) {
    t.pass('only root has its data outside the home')
    return
  }
  const home = scratchHome(t)
  const { root } = findServerPaths(home)
  const pointer = (of: string): string => JSON.stringify({ home: of, root })
  const [moved, copied] = [join(home, 'moved'), join(home, 'copied')]
  for (const folder of [moved, copied]) mkdirSync(folder, { recursive: true })
  writeFileSync(join(moved, 'postgres.json'), pointer(join(home, 'gone')))
  writeFileSync(join(copied, 'postgres.json'), pointer(home))
  t.is(findServerPaths(moved).root, root)
  t.not(findServerPaths(copied).root, root)
  writeFileSync(join(moved, 'postgres.json'), JSON.stringify({ home: moved, root: '/etc' }))
  t.not(findServerPaths(moved).root, '/etc')
})

test('a package that is not installed is a usage error', t => {
  t.throws(() => findBinaries('embedded-postgres-absent'), { instanceOf: UsageError, message: /DATABASE_URL/ })
})

test.serial('an ordinary user gets a separate server under a very deep, private home', async t => {
  if (!isRoot) {
    t.pass('the other tests already run as an ordinary user')
    return
  }
  const { uid, gid } = namedAccount()
  const folder = folderOf(uid, gid)
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  if (spawnSync('test', ['-r', findBinaries('embedded-postgres').native], { uid, gid }).status !== 0) {
    t.pass('an ordinary user cannot read this checkout')
    return
  }
  const home = join(folder, 'a'.repeat(100), 'b'.repeat(100), '.caseload')
  const ended = await runProgram('start-server.js', [home, String(uid)], { env: { HOME: folder, TMPDIR: folder } })
  t.is(ended.code, 0, ended.stderr)
  const server = JSON.parse(ended.stdout) as { url: string }
  t.like(server, { startedHere: true, database: 'caseload' })
  t.true(server.url.includes(`host=${folder}/caseload-`), server.url)
  const asRoot = t.throws(() => findServerPaths(home), { instanceOf: UsageError })
  t.regex(asRoot.message, new RegExp(`belongs to the user with id ${uid}`))
})

test('a folder whose name is special to a shell is refused by name, before anything is created', async t => {
  for (const name of ['cost$HOME', 'a"b', 'a`b']) {
    const root = join(mkdtempSync(join(tmpdir(), 'caseload-test-')), name)
    mkdirSync(root)
    const paths = { ...findServerPaths(join(root, 'home')), root, data: join(root, 'data'), account: undefined }
    const { message } = await t.throwsAsync(makeDataFolder(paths, '/nowhere', '18'), { instanceOf: UsageError })
    t.regex(message, /does not accept .* in a path\. Set CASELOAD_HOME to a folder without it/)
    t.deepEqual(readdirSync(root), [])
    rmSync(dirname(root), { recursive: true })
  }
})
