import { randomUUID } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../platform/errors.ts'
import { connect } from '../platform/postgres.ts'
import { processesTitled } from '../platform/processes.ts'
import { readSql } from '../platform/sql.ts'
import { folderOf } from './known-servers.ts'
import { pointerOf, type ServerPaths } from './paths.ts'
import { type LiveState, readState } from './postmaster.ts'
import { socketUrl } from './readiness-probe.ts'

/** What {@link removeServer} removes; files and folders that exist, as absolute paths. */
export function partsOf(paths: ServerPaths): readonly string[] {
  return [paths.root, paths.socketFolder, paths.passwordFile, pointerOf(paths.home)].filter(
    (path, index, all) => existsSync(path) && !all.slice(0, index).some(other => path.startsWith(`${other}/`)),
  )
}

/**
 * Refuses a server that runs, or of which a process is left.
 *
 * @throws UsageError with the number of its sessions
 */
export async function requireStopped(paths: ServerPaths): Promise<void> {
  const state = await readState(paths)
  if (state.phase === 'absent' && processesTitled(`postgres: ${paths.clusterName}: `).length === 0) return
  const sessions = state.phase === 'running' ? await countSessions(state) : undefined
  throw new UsageError(
    `The server of ${folderOf(paths.home)} runs${sessions === undefined ? '' : `; ${sessions}`}. Nothing was removed. Stop it ` +
      'with `caseload db stop` in that folder, then call this again.',
  )
}

async function countSessions(state: LiveState): Promise<string | undefined> {
  try {
    const session = await connect({ url: socketUrl(state), applicationName: 'caseload db' })
    try {
      const { rows } = await session.query<{ sessions: number }>(readSql('sql/statements/embedded/other_sessions.sql'))
      const count = rows[0]?.sessions ?? 0
      return count === 0 ? 'no other session uses it' : `other sessions that use it: ${count}`
    } finally {
      await session.end()
    }
  } catch {
    // It may be starting or stopping, which is reason enough.
    return undefined
  }
}

/**
 * Removes a server that does not run, with its database. The data folder loses its name first: a command that starts the
 * server at the same moment finds none, and one that has started it already is noticed.
 *
 * @throws UsageError if it runs
 */
export async function removeServer(paths: ServerPaths): Promise<void> {
  await requireStopped(paths)
  const parts = partsOf(paths)
  // A name that a later start removes if this process is killed.
  const aside = join(paths.root, `unfinished-${randomUUID()}`)
  renameSync(paths.data, aside)
  if (processesTitled(`postgres: ${paths.clusterName}: `).length > 0) {
    renameSync(aside, paths.data)
    await requireStopped(paths)
  }
  for (const part of parts) rmSync(part, { recursive: true, force: true, maxRetries: 3 })
}
