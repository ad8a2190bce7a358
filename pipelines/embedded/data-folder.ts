import { randomUUID } from 'node:crypto'
import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { renameSync, rmSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../platform/errors.ts'
import { readSql } from '../platform/sql.ts'
import { namedAccount, type Account } from './account.ts'
import type { BinariesPackage } from './binaries.ts'
import type { Places } from './paths.ts'
import { runTool } from './tool.ts'

/**
 * The major version of the data folder.
 *
 * @returns such as `18`, or undefined if there is no data folder yet
 */
export function dataVersion(places: Places): string | undefined {
  const file = join(places.data, 'PG_VERSION')
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

/**
 * Refuses the data folder of another major version, which the server cannot read.
 *
 * @throws UsageError that says the way out
 */
export function requireSameMajor(places: Places, binaries: BinariesPackage): void {
  const found = dataVersion(places)
  if (found === undefined || found === binaries.major) return
  throw new UsageError(
    `The data folder ${places.data} was made by PostgreSQL ${found}, and this Caseload brings PostgreSQL ${binaries.major}, ` +
      'which cannot read it. To keep the data: stop this server, start it with the Caseload that made it, dump it with ' +
      `pg_dump ${found}, move the folder away, and restore the dump. To do without: move or delete the folder and load ` +
      'the batches again.',
  )
}

/**
 * Makes the data folder with its superuser and database `caseload`, unless it is there. All is made under another name
 * and renamed at the end, so a process killed in the middle leaves only litter; of two that do this at once, the
 * second finds the name taken and drops its own. Takes 1 s.
 *
 * @param binaries the folder with bin/ and lib/
 * @returns true if this call made it
 */
export async function makeDataFolder(places: Places, binaries: string, major: string): Promise<boolean> {
  if (existsSync(places.data)) return false
  if (places.account === undefined) requireAccountName()
  requireShellPath(places.root)
  const unfinished = join(places.root, `unfinished-${randomUUID()}`)
  const made = join(unfinished, 'data')
  const account = places.account === undefined ? undefined : namedAccount()
  mkdirSync(unfinished)
  mkdirSync(made, { mode: 0o700 })
  try {
    chmodSync(unfinished, 0o711)
    if (account !== undefined) chownSync(made, account.uid, account.gid)
    const call = { binaries, account, cwd: unfinished }
    await runTool({ ...call, program: 'initdb', args: [...initArguments(major), '-D', made] })
    // In single-user mode a statement ends with its line.
    const createDatabase = readSql('sql/statements/embedded/database.sql').replaceAll(/^--.*\n/gm, '')
    await runTool({ ...call, program: 'postgres', args: ['--single', '-D', made, 'postgres'], input: createDatabase })
    if (places.account !== undefined) {
      // Whoever else runs under that account can no longer reach the files when they get their owner.
      chmodSync(unfinished, 0o700)
      handOver(made, places.account)
    }
    renameSync(made, places.data)
    return true
  } catch (error) {
    if (!existsSync(places.data)) throw error
    return false
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** initdb calls the server through a shell and puts its path between double quotes, in which these characters mean more. */
function requireShellPath(root: string): void {
  const found = /[$"`\n]|\\\\/.exec(root)?.[0]
  if (found === undefined) return
  throw new UsageError(
    `The embedded PostgreSQL cannot be made in ${root}: its initdb takes no ${JSON.stringify(found)} in a path. Set ` +
      'CASELOAD_HOME to a folder without it, or set DATABASE_URL to use another server.',
  )
}

/** Containers can run under an id that no account has; initdb looks its own name up and gives up without one. */
function requireAccountName(): void {
  try {
    userInfo()
  } catch (error) {
    throw new UsageError(
      `The embedded PostgreSQL needs a user with a name, and the user id ${process.getuid?.() ?? 'of this process'} has ` +
        'no entry in /etc/passwd. Add one, run as another user, or set DATABASE_URL.',
      { cause: error },
    )
  }
}

/**
 * Removes what processes left that were killed while they made a folder.
 *
 * @param now milliseconds since 1970
 */
export function sweepUnfinished(root: string, now: number): void {
  const hour = 3_600_000
  for (const name of readdirSync(root)) {
    if (!name.startsWith('unfinished-')) continue
    const folder = join(root, name)
    const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? now
    if (now - made > hour) rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Text sorts by code point, on every machine alike; from 17 on the server brings Unicode's upper and lower case itself.
 * The data folder's own pg_hba.conf is never used, but is no open door either.
 */
function initArguments(major: string): string[] {
  const common = ['-U', 'caseload', '--encoding=UTF8', '--locale=C', '--auth-local=trust', '--auth-host=scram-sha-256']
  const quiet = ['--no-instructions']
  const builtin = Number(major) >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []
  return [...common, ...quiet, ...builtin]
}

function handOver(path: string, account: Account): void {
  lchownSync(path, account.uid, account.gid)
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) handOver(inner, account)
    else lchownSync(inner, account.uid, account.gid)
  }
}
