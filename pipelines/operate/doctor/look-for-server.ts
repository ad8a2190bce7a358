import { caseloadHome } from '../../embedded/home.ts'
import { serverStatus } from '../../embedded/server.ts'
import { libpqNames, openAsOwner, openTarget, type Target } from '../../embedded/target.ts'
import type { FoundBy } from './connection.ts'
import { type Finding, ok, warning } from './finding.ts'
import type { Environment } from '../../platform/environment.ts'

/** The server that other commands would use; nothing was started. */
export interface FoundServer {
  readonly foundBy: FoundBy
  /** Opens a session; undefined for an embedded server that does not run. */
  readonly openSession: Target['openSession'] | undefined
  /** What to say of a server that does not run. */
  readonly resting: Finding | undefined
}

/** Says where commands look for the server: as `openTarget` does. */
export function foundBy(env: Environment): FoundBy {
  const isSet = (name: string): boolean => (env[name] ?? '') !== ''
  if (isSet('DATABASE_URL')) return 'DATABASE_URL'
  return libpqNames.some(isSet) ? 'PGHOST and its family' : 'embedded'
}

/**
 * Finds the server that other commands would use, but starts no embedded one.
 *
 * @throws UsageError as those commands would
 */
export async function lookForServer(env: Environment, cwd: string): Promise<FoundServer> {
  const by = foundBy(env)
  if (by !== 'embedded') {
    const { openSession } = await openTarget(env, cwd, { ephemeral: false })
    return { foundBy: by, openSession, resting: undefined }
  }
  const { url, version, dataFolder } = await serverStatus({ home: caseloadHome(env, cwd) })
  if (url !== undefined) {
    return { foundBy: by, openSession: name => openAsOwner(url, name), resting: undefined }
  }
  const resting =
    version === undefined
      ? ok('connection', 'an embedded PostgreSQL; there is none yet, a first run makes it')
      : warning(
          'connection',
          `the embedded PostgreSQL ${version} in ${dataFolder} does not run, so nothing in it was looked at`,
          'caseload db start, then caseload doctor again',
        )
  return { foundBy: by, openSession: undefined, resting }
}
