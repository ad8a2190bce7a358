import { LockedError, UsageError } from '../platform/errors.ts'
import { isMigrated, migrate } from './migrate.ts'
import { requireWritable } from './ownership.ts'
import type { Session } from '../platform/postgres.ts'
import { createViews, listViews, missingViews, shippedViews, type View, viewLimits } from './views.ts'

/** A run does not wait for long for what it can do without. */
const briefly = { ...viewLimits, budgetMs: 5000 }

/**
 * Makes ledger, tables and views where they are not there yet, so that a first run needs no preparation. No view keeps data
 * out: where one of the project's cannot be made, the shipped ones are made alone; where readers hold a view, all stay as
 * they are.
 *
 * @param signal ends the wait for readers
 * @returns what is to be warned of, in words
 * @throws UsageError if the session may only read; UsageError and LockedError as `migrate` does, and UsageError if shipped views are absent and cannot be made
 */
export async function makeReady(session: Session, signal?: AbortSignal): Promise<readonly string[]> {
  await requireWritable(session)
  if (!(await isMigrated(session))) await migrate(session, signal === undefined ? {} : { signal })
  try {
    return await makeMissing(session, listViews(), signal)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const held = await makeShipped(session, error, signal)
    return [`${error.message} Data is loaded all the same; mend it, then call caseload views.`, ...held]
  }
}

/** What stands in the way of the shipped ones alone is what stood in the way of all. */
async function makeShipped(session: Session, reason: UsageError, signal?: AbortSignal): Promise<readonly string[]> {
  try {
    return await makeMissing(session, shippedViews(), signal)
  } catch (error) {
    throw error instanceof UsageError ? reason : error
  }
}

/** Makes all where one is missing; what they waited for in vain is a warning. */
async function makeMissing(session: Session, views: readonly View[], signal?: AbortSignal): Promise<readonly string[]> {
  if ((await missingViews(session, views)).length === 0) return []
  try {
    await createViews(session, views, { limits: briefly, ...(signal === undefined ? {} : { signal }) })
    return []
  } catch (error) {
    if (!(error instanceof LockedError)) throw error
    // Another command may have made them meanwhile.
    const missing = await missingViews(session, views)
    if (missing.length === 0) return []
    return [
      `Not made yet: ${missing.join(', ')}. ${error.message} Data is loaded all the same, and the next run tries again.`,
    ]
  }
}
