import { type Batch, compactDate, parseSource, transformerOf } from '../source/batch.ts'
import { MissingInputError, UsageError } from '../platform/errors.ts'
import type { LandingView } from './files/landing-view.ts'

const hourMs = 3_600_000

/**
 * The last day, `yyyy-mm-dd`, that a delivery can have: tomorrow where a day begins first, at UTC+14. A feed may date its
 * files by the day after the one that they describe; a landing folder after that day has a wrong name.
 */
export function latestDay(now: Date): string {
  return new Date(now.getTime() + (14 + 24) * hourMs).toISOString().slice(0, 10)
}

/** True for a day that is past tomorrow in every time zone. */
export function isFuture(date: string, now: Date): boolean {
  return date > latestDay(now)
}

/**
 * Refuses a day past tomorrow. Rows published under such a day stay the newest version of their keys until that day has
 * passed, and no alarm about stale data fires.
 *
 * @param allowed true with --allow-future
 * @throws UsageError naming the day and what to do
 */
export function requirePossibleDay(batch: Batch, allowed: boolean | undefined, now: Date): void {
  if (allowed === true || !isFuture(batch.date, now)) return
  throw new UsageError(
    `Expected a day up to ${latestDay(now)}, which is tomorrow at UTC+14, found ${batch.date} of ${batch.source}. Nothing ` +
      `was changed. ${remedy}`,
  )
}

const remedy = 'Rename such a landing folder to the day of its delivery, or allow its day with --allow-future.'

/** Landing folders in a message: `pc/29991231, pc/29990101 and 3 more`. */
export function futureFolderNames(batches: readonly Batch[]): string {
  const names = batches.map(({ source, date }) => `${source}/${compactDate(date)}`)
  const shown = names.slice(0, maxNames).join(', ')
  return names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown
}

const maxNames = 5

/**
 * The error at the end of a command that skipped batches of such days.
 *
 * @param batches at least one
 */
export function futureError(batches: readonly Batch[], now: Date): UsageError {
  return new UsageError(
    `Past ${latestDay(now)} (tomorrow at UTC+14), and not run without --allow-future: ${futureFolderNames(batches)}. ${remedy}`,
  )
}

/**
 * The landing folders of days past tomorrow.
 *
 * @param sources names; an empty list means every folder below the root that is named like a source
 * @param transformers the installed ones
 * @returns sorted by source and day, without sources whose folder cannot be listed
 */
export async function futureFolders(
  view: LandingView,
  { sources, transformers }: { readonly sources: readonly string[]; readonly transformers: readonly string[] },
  now: Date,
): Promise<readonly Batch[]> {
  const isInstalled = (name: string): boolean => isSource(name) && transformers.includes(transformerOf(name))
  const names = sources.length > 0 ? [...sources].sort() : (await view.folders()).filter(isInstalled)
  const found = await Promise.all(
    names.map(async source =>
      (await daysOf(view, source)).filter(date => isFuture(date, now)).map(date => ({ source, date })),
    ),
  )
  return found.flat()
}

async function daysOf(view: LandingView, source: string): Promise<readonly string[]> {
  try {
    return await view.days(source)
  } catch (error) {
    if (error instanceof MissingInputError) return []
    throw error
  }
}

function isSource(name: string): boolean {
  try {
    return parseSource(name) === name
  } catch {
    return false
  }
}
