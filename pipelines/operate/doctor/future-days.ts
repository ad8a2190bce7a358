import type { Batch } from '../../source/batch.ts'
import { openLandingView } from '../../landing/open-landing-view.ts'
import { futureFolderNames, futureFolders, latestDay } from '../../landing/future-day.ts'
import type { Environment } from '../../platform/environment.ts'
import type { Session } from '../../platform/postgres.ts'
import type { Settings } from '../../source/settings.ts'
import { readSql } from '../../platform/sql.ts'
import { counted, type Finding, warning } from './finding.ts'

/** Warns of landing folders of days past tomorrow, which no run loads. */
export async function futureLanding(
  settings: Settings,
  env: Environment,
  transformers: readonly string[],
  now: Date,
): Promise<readonly Finding[]> {
  const view = await openLandingView({ ...settings, env })
  try {
    const found = await futureFolders(view, { sources: [], transformers }, now)
    if (found.length === 0) return []
    return [
      warning(
        'landing',
        `${counted(found.length, 'landing folder')} of a day past ${latestDay(now)}, tomorrow at UTC+14: ${futureFolderNames(found)}`,
        'rename to the day of the delivery; a run of it asks for --allow-future',
      ),
    ]
  } finally {
    view.close()
  }
}

/** Warns of published batches of days past tomorrow: each is the newest version of all it holds until its day has passed. */
export async function futureBatches(session: Session, now: Date): Promise<readonly Finding[]> {
  const found = await session.query<Batch>(readSql('sql/statements/doctor/future_batches.sql'), [latestDay(now)])
  if (found.rows.length === 0) return []
  return [
    warning(
      'future days',
      `${counted(found.rows.length, 'batch', 'batches')} published under a day past ${latestDay(now)}, tomorrow at UTC+14, ` +
        `and newer than all that comes: ${futureFolderNames(found.rows)}`,
      'if the day is wrong, load the delivery under its own; a delivery without records then replaces this batch where ' +
        "the source declares empty = 'allow' (run --allow-future)",
    ),
  ]
}
