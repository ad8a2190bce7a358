import { LockedError, UsageError } from '../platform/errors.ts'
import { memberOf } from './access/acting.ts'
import { ensureMigrated, soundViews } from './migrate.ts'
import { requireWritable } from './ownership.ts'
import type { Session } from '../platform/postgres.ts'
import { listViews, shippedViews, type View } from './list-views.ts'
import { createViews, missingViews, viewLimits } from './views.ts'

/** A run can do without views, so it does not wait long for them. */
const briefly = { ...viewLimits, budgetMs: 5000 }

/**
 * Makes ledger, tables and views that the database lacks, so that a first run needs no preparation. No view stops a load:
 * where a view of the project cannot be made, this makes the shipped views alone; where readers hold a view, all views stay as
 * they are.
 *
 * @param signal ends the wait for readers
 * @returns warnings, as sentences
 * @throws UsageError if the session may only read; UsageError and LockedError as `migrate` does, and UsageError if shipped views
 * are absent and cannot be made
 */
export async function makeReady(session: Session, signal?: AbortSignal): Promise<readonly string[]> {
  await requireWritable(session)
  await ensureMigrated(session, signal === undefined ? {} : { signal })
  const member = await memberOf(session)
  if (member !== undefined) return missingForMember(session, member.owner)
  try {
    return await makeMissing(session, listViews(), signal)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const held = await makeShipped(session, error, signal)
    return [`${error.message} Data is loaded all the same; correct the view, then call caseload views.`, ...held]
  }
}

/** A member of the loader's role makes no views. */
async function missingForMember(session: Session, owner: string): Promise<readonly string[]> {
  const missing = await missingViews(session, soundViews())
  if (missing.length === 0) return []
  return [`Not made: ${missing.join(', ')}. Data is loaded all the same; as a member of ${owner}, call caseload views.`]
}

/** Makes the shipped views alone. If that fails, too, `reason` is the error of the first try: it concerns the same views. */
async function makeShipped(session: Session, reason: UsageError, signal?: AbortSignal): Promise<readonly string[]> {
  try {
    return await makeMissing(session, shippedViews(), signal)
  } catch (error) {
    throw error instanceof UsageError ? reason : error
  }
}

/** Makes all views if one is missing; a lock that was not free in time is a warning. */
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
