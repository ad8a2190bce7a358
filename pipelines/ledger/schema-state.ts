import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { isMigrated, ledgerVersion, migrate } from './migrate.ts'
import { hasLedger, obstacleError, writeObstacle } from './ownership.ts'

/**
 * Makes the ledger readable by this code. Where the session may write, that is to migrate it; where it may not (a replica, a
 * login for BI), the ledger is read as it is.
 *
 * @throws UsageError as `migrate` does; if the session may only read and there is no ledger, or an older one
 */
export async function readyToRead(session: Session): Promise<void> {
  if (await isMigrated(session)) return
  const obstacle = await writeObstacle(session)
  if (obstacle === undefined) {
    await migrate(session)
    return
  }
  if (!(await hasLedger(session))) throw obstacleError(obstacle)
  const { rows } = await session.query<{ version: number }>('select version from caseload.schema_state')
  const version = rows[0]?.version ?? 0
  if (version === ledgerVersion()) return
  throw new UsageError(
    `The ledger has version ${version}, this Caseload reads ${ledgerVersion()}, and the session may only read. Call caseload ` +
      'migrate once with a login that may write.',
  )
}
