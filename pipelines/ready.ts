import { UsageError } from './errors.ts'
import { isMigrated, migrate } from './ledger/migrate.ts'
import type { Session } from './postgres.ts'
import { createViews, missingViews, shippedViews } from './views.ts'

/**
 * Makes ledger, tables and views where they are not there yet, so that a first run needs no preparation. A view of the
 * project's that cannot be made keeps no data out: then the shipped ones are made alone.
 *
 * @returns what is to be warned of, in words
 * @throws UsageError as `migrate` does, and if shipped views are absent and cannot be made
 */
export async function makeReady(session: Session): Promise<readonly string[]> {
  if (!(await isMigrated(session))) await migrate(session)
  try {
    if ((await missingViews(session)).length > 0) await createViews(session)
    return []
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    await makeShipped(session, error)
    return [`${error.message} Data is loaded all the same; mend it, then call caseload views.`]
  }
}

/** What stands in the way of the shipped ones alone is what stood in the way of all. */
async function makeShipped(session: Session, reason: UsageError): Promise<void> {
  const shipped = shippedViews()
  if ((await missingViews(session, shipped)).length === 0) return
  try {
    await createViews(session, shipped)
  } catch (error) {
    throw error instanceof UsageError ? reason : error
  }
}
