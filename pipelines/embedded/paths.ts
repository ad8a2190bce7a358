import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { UsageError } from '../platform/errors.ts'
import { serverAccount, type Account } from './account.ts'
import { realPath } from './home.ts'

/** The files and folders of one embedded server, as absolute paths. */
export interface ServerPaths {
  /** The `.caseload` folder. For root it holds only the password and a pointer to `root`. */
  readonly home: string
  /** Belongs to this user: the server's account can read it and not write it. */
  readonly root: string
  /** Belongs to the server's account, mode 0700. */
  readonly data: string
  /** Belongs to the server's account, mode 0700. Its path is short enough for a socket. */
  readonly socketFolder: string
  readonly log: string
  readonly passwordFile: string
  /** `ps` shows it in the title of every process of this server. */
  readonly clusterName: string
  /** The account that the server runs under; undefined for that of this process. */
  readonly account: Account | undefined
}

/** Where the servers of root lie. */
export const rootsOfRoot = '/var/lib/caseload'
// A socket path has 107 bytes on Linux and 103 on macOS.
const longestSocketPath = 103

/**
 * Finds the paths of a home. Creates nothing.
 *
 * @param home the `.caseload` folder, an absolute path that need not exist
 * @throws UsageError on Windows, and if another user created the database of this home
 */
export function findServerPaths(home: string): ServerPaths {
  if (process.platform === 'win32' || process.geteuid === undefined) {
    throw new UsageError(
      'The embedded PostgreSQL does not run on Windows: set DATABASE_URL to a PostgreSQL 15 or newer.',
    )
  }
  const real = realPath(home)
  const own = join(real, 'postgres')
  if (process.geteuid() !== 0) {
    if (existsSync(pointerOf(real)) && !existsSync(join(own, 'data'))) {
      throw new UsageError(
        `Root created the database of ${real}. Run this as root, or set CASELOAD_HOME to a folder that you own.`,
      )
    }
    return pathsAt(real, own, undefined)
  }
  const owner = lstatSync(join(own, 'data'), { throwIfNoEntry: false })
  if (owner !== undefined) {
    throw new UsageError(
      `The database of ${real} belongs to the user with id ${owner.uid}. ` +
        'Run this as that user, or set CASELOAD_HOME to another folder.',
    )
  }
  const root = pointedRoot(real) ?? join(rootsOfRoot, digestOf(real).slice(0, 16))
  return pathsAt(real, root, serverAccount(join(root, 'data'), root))
}

/**
 * Creates the folders of a server, except its data folder. Safe to call again and from several processes.
 *
 * @throws UsageError if a folder cannot be created, or another user owns the socket folder
 */
export function makeFolders(paths: ServerPaths): void {
  try {
    mkdirSync(paths.home, { recursive: true, mode: 0o700 })
    // Keeps rows and passwords out of git, even if the project's .gitignore does not name the folder.
    writeFileSync(join(paths.home, '.gitignore'), '*\n')
    if (paths.account === undefined) mkdirSync(paths.root, { recursive: true, mode: 0o700 })
    else makeRootsFolder(paths)
    makeSocketFolder(paths)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(
      `Cannot create the folders of the embedded PostgreSQL: ${error instanceof Error ? error.message : 'unknown'}. ` +
        'Make the folder writable, set CASELOAD_HOME to a writable one, or set DATABASE_URL to use another server.',
      { cause: error },
    )
  }
}

/** The server's account cannot enter a checkout that only root can enter, so root's servers are outside of it. */
function makeRootsFolder(paths: ServerPaths): void {
  const parent = dirname(paths.root)
  if (mkdirSync(parent, { recursive: true }) !== undefined) chmodSync(parent, 0o755)
  const found = lstatSync(parent)
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
    throw new UsageError(`${parent} must be a folder that root owns and only root can write. Repair it and try again.`)
  }
  mkdirSync(paths.root, { recursive: true })
  chmodSync(paths.root, 0o711)
  // Tells which checkout the folder belongs to, after that is deleted.
  writeFileSync(join(paths.root, 'home'), `${paths.home}\n`)
  writeFileSync(pointerOf(paths.home), `${JSON.stringify({ home: paths.home, root: paths.root }, null, 2)}\n`)
}

/** The socket trusts every user who can reach it, so the folder is what protects the database: its owner is checked. */
function makeSocketFolder({ socketFolder, account }: ServerPaths): void {
  try {
    mkdirSync(socketFolder, { mode: 0o700 })
    if (account !== undefined) chownSync(socketFolder, account.uid, account.gid)
  } catch (error) {
    if (!existsSync(socketFolder)) throw error
  }
  const found = lstatSync(socketFolder)
  const isOwner = found.uid === (account?.uid ?? process.geteuid?.())
  // Another start may be between its mkdir and its chown. Inside root's own folder that is safe.
  if (!isOwner && account !== undefined && found.uid === 0) chownSync(socketFolder, account.uid, account.gid)
  else if (!found.isDirectory() || !isOwner || (found.mode & 0o077) !== 0) {
    throw new UsageError(
      `Expected ${socketFolder} to be a folder with mode 0700 that the account of the server owns. ` +
        'Remove it, or set TMPDIR to another folder.',
    )
  }
}

/** The paths of a server whose root is known. */
export function pathsAt(home: string, root: string, account: Account | undefined): ServerPaths {
  const digest = digestOf(root)
  const folders = [join(root, 'socket'), join(tmpdir(), `caseload-${digest.slice(0, 16)}`)]
  const socketFolder = folders.find(fitsSocket) ?? `/tmp/caseload-${digest.slice(0, 16)}`
  return {
    home,
    root,
    data: join(root, 'data'),
    socketFolder,
    log: join(root, 'server.log'),
    passwordFile: join(home, 'password'),
    clusterName: `caseload_${digest.slice(0, 16)}`,
    account,
  }
}

/** Follows the pointer if its home is this one, or was moved here. The copy of a checkout gets a separate database. */
function pointedRoot(home: string): string | undefined {
  let pointer: unknown
  try {
    pointer = JSON.parse(readFileSync(pointerOf(home), 'utf8'))
  } catch {
    return undefined
  }
  if (typeof pointer !== 'object' || pointer === null || !('home' in pointer) || !('root' in pointer)) return undefined
  if (typeof pointer.home !== 'string' || typeof pointer.root !== 'string') return undefined
  if (dirname(pointer.root) !== rootsOfRoot || pointer.root.endsWith('..')) return undefined
  return pointer.home === home || !existsSync(pointer.home) ? pointer.root : undefined
}

/** Says where the server of root's home is. */
export function pointerOf(home: string): string {
  return join(home, 'postgres.json')
}

function fitsSocket(folder: string): boolean {
  return Buffer.byteLength(join(folder, '.s.PGSQL.65535')) <= longestSocketPath
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
