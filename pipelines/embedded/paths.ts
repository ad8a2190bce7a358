import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { UsageError } from '../platform/errors.ts'
import { serverAccount, type Account } from './account.ts'
import { realPath } from './home.ts'

/** Where everything of one embedded server lies. All paths are absolute. */
export interface Places {
  /** The `.caseload` folder: for root it holds only the pointer and the password. */
  readonly home: string
  /** Ours: the server's account can read it, never write it. */
  readonly root: string
  /** The server's: mode 0700. */
  readonly data: string
  /** The server's: mode 0700, short enough for a socket. */
  readonly socketFolder: string
  readonly log: string
  readonly passwordFile: string
  /** Shown by `ps` in the title of every process of this server. */
  readonly clusterName: string
  /** The account the server runs under; undefined is our own. */
  readonly account: Account | undefined
}

const rootsOfRoot = '/var/lib/caseload'
// A socket path has 107 bytes on Linux and 103 on macOS.
const longestSocketPath = 103

/**
 * Finds the places of a home; creates nothing.
 *
 * @param home the `.caseload` folder, an absolute path that need not exist
 * @throws UsageError on Windows, and where the database of this home was made by another user
 */
export function findPlaces(home: string): Places {
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
        `The database of ${real} was made by root. Run this as root, or set CASELOAD_HOME to a folder of your own.`,
      )
    }
    return placesAt(real, own, undefined)
  }
  const owner = lstatSync(join(own, 'data'), { throwIfNoEntry: false })
  if (owner !== undefined) {
    throw new UsageError(
      `The database of ${real} belongs to the user with id ${owner.uid}. ` +
        'Run this as that user, or set CASELOAD_HOME to another folder.',
    )
  }
  const root = pointedRoot(real) ?? join(rootsOfRoot, digestOf(real).slice(0, 16))
  return placesAt(real, root, serverAccount(join(root, 'data'), root))
}

/**
 * Makes the folders of a server, but not its data folder. Safe to call again and from several processes.
 *
 * @throws UsageError if a folder cannot be made, or the socket's folder belongs to someone else
 */
export function makeFolders(places: Places): void {
  try {
    mkdirSync(places.home, { recursive: true, mode: 0o700 })
    // Rows and passwords must not be committed by accident, whatever the project's own .gitignore says.
    writeFileSync(join(places.home, '.gitignore'), '*\n')
    if (places.account === undefined) mkdirSync(places.root, { recursive: true, mode: 0o700 })
    else makeRootsFolder(places)
    makeSocketFolder(places)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(
      `Cannot make the folders of the embedded PostgreSQL: ${error instanceof Error ? error.message : 'unknown'}. ` +
        'Make the folder writable, set CASELOAD_HOME to one that is, or set DATABASE_URL to use another server.',
      { cause: error },
    )
  }
}

/** A data folder under a parent that only root can enter fails, so root's servers lie outside the checkout. */
function makeRootsFolder(places: Places): void {
  const parent = dirname(places.root)
  if (mkdirSync(parent, { recursive: true }) !== undefined) chmodSync(parent, 0o755)
  const found = lstatSync(parent)
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
    throw new UsageError(`${parent} must be a folder that root owns and only root can write. Repair it and try again.`)
  }
  mkdirSync(places.root, { recursive: true })
  chmodSync(places.root, 0o711)
  // For whoever finds this folder when its checkout is gone.
  writeFileSync(join(places.root, 'home'), `${places.home}\n`)
  writeFileSync(pointerOf(places.home), `${JSON.stringify({ home: places.home, root: places.root }, null, 2)}\n`)
}

/** The folder is the lock on the database (the socket trusts who reaches it), so a stranger's folder is never used. */
function makeSocketFolder({ socketFolder, account }: Places): void {
  try {
    mkdirSync(socketFolder, { mode: 0o700 })
    if (account !== undefined) chownSync(socketFolder, account.uid, account.gid)
  } catch (error) {
    if (!existsSync(socketFolder)) throw error
  }
  const found = lstatSync(socketFolder)
  const ours = found.uid === (account?.uid ?? process.geteuid?.())
  // Another start may be between its mkdir and its chown; inside our own root folder that needs no suspicion.
  if (!ours && account !== undefined && found.uid === 0) chownSync(socketFolder, account.uid, account.gid)
  else if (!found.isDirectory() || !ours || (found.mode & 0o077) !== 0) {
    throw new UsageError(
      `${socketFolder} must be a folder of our own with mode 0700, and is not. Remove it, or set TMPDIR to another folder.`,
    )
  }
}

function placesAt(home: string, root: string, account: Account | undefined): Places {
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

/** Follows the pointer when its home is this one or moved here; the copy of a checkout gets a database of its own. */
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

function pointerOf(home: string): string {
  return join(home, 'postgres.json')
}

function fitsSocket(folder: string): boolean {
  return Buffer.byteLength(join(folder, '.s.PGSQL.65535')) <= longestSocketPath
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
