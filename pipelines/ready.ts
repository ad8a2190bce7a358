import { isMigrated, migrate } from './ledger/migrate.ts'
import type { Session } from './postgres.ts'
import { createViews, missingViews } from './views.ts'

/** Makes ledger, tables and views where they are not there yet, so that a first run needs no preparation. */
export async function makeReady(session: Session): Promise<void> {
  if (!(await isMigrated(session))) await migrate(session)
  if ((await missingViews(session)).length > 0) await createViews(session)
}
