import { randomUUID } from 'node:crypto'
import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { renameSync, rmSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../platform/errors.ts'
import { readSql } from '../platform/sql.ts'
import { namedAccount, type Account } from './account.ts'
import type { BinariesPackage } from './binaries.ts'
import type { ServerPaths } from './paths.ts'
import { runTool } from './tool.ts'

/**
 * The major version of the data folder.
 *
 * @returns such as `18`, or undefined if there is no data folder yet
 */
export function dataVersion(paths: ServerPaths): string | undefined {
  const file = join(paths.data, 'PG_VERSION')
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

/**
 * Refuses the data folder of another major version, which the server cannot read.
 *
 * @throws UsageError that says how to keep or drop the data
 */
export function requireSameMajor(paths: ServerPaths, binaries: BinariesPackage): void {
  const found = dataVersion(paths)
  if (found === undefined || found === binaries.major) return
  throw new UsageError(
    `The data folder ${paths.data} was created by PostgreSQL ${found}, and this Caseload brings PostgreSQL ${binaries.major}, ` +
      'which cannot read it. To keep the data: stop this server, start it with the Caseload that created it, dump it with ' +
      `pg_dump ${found}, move the folder away, and restore the dump. To start without the data: move or delete the folder and load ` +
      'the batches again.',
  )
}

/**
 * Creates the data folder with superuser and database `caseload`, unless it exists. The folder gets its name at the end, so
 * a process killed in the middle leaves only an unfinished folder. Of two processes that do this at once, the second
 * finds that the name exists and removes its own folder. Takes 1 s.
 *
 * @param binaries the folder with bin/ and lib/
 * @returns true if this call created it
 */
export async function makeDataFolder(paths: ServerPaths, binaries: string, major: string): Promise<boolean> {
  if (existsSync(paths.data)) return false
  if (paths.account === undefined) requireAccountName()
  requireShellPath(paths.root)
  const unfinished = join(paths.root, `unfinished-${randomUUID()}`)
  const made = join(unfinished, 'data')
  const account = paths.account === undefined ? undefined : namedAccount()
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
    if (paths.account !== undefined) {
      // Another process of the named account must not reach the files once they have their owner.
      chmodSync(unfinished, 0o700)
      changeOwner(made, paths.account)
    }
    renameSync(made, paths.data)
    return true
  } catch (error) {
    if (!existsSync(paths.data)) throw error
    return false
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** initdb runs the server through a shell with its path in double quotes, where these characters are special. */
function requireShellPath(root: string): void {
  const found = /[$"`\n]|\\\\/.exec(root)?.[0]
  if (found === undefined) return
  throw new UsageError(
    `The embedded PostgreSQL cannot be created in ${root}: initdb does not accept ${JSON.stringify(found)} in a path. Set ` +
      'CASELOAD_HOME to a folder without it, or set DATABASE_URL to use another server.',
  )
}

/** A container can run under an id without an account; initdb looks up the name of its user and fails without one. */
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
 * Removes unfinished folders that killed processes left, after an hour.
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
 * Text sorts by code point on every machine. From version 17 on, the server has its own Unicode upper and lower case.
 * The server never reads the pg_hba.conf in the data folder; these options keep it safe all the same.
 */
function initArguments(major: string): string[] {
  const common = ['-U', 'caseload', '--encoding=UTF8', '--locale=C', '--auth-local=trust', '--auth-host=scram-sha-256']
  const quiet = ['--no-instructions']
  const builtin = Number(major) >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []
  return [...common, ...quiet, ...builtin]
}

function changeOwner(path: string, account: Account): void {
  lchownSync(path, account.uid, account.gid)
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) changeOwner(inner, account)
    else lchownSync(inner, account.uid, account.gid)
  }
}
