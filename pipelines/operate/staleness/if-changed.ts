import type { Batch } from '../../source/batch.ts'
import { batchFacts } from '../../ledger/batch-facts.ts'
import { readMask } from '../../contract/mask/key.ts'
import type { Session } from '../../platform/postgres.ts'
import type { LandingViewParts } from '../../landing/files/landing-view.ts'
import { openLandingView } from '../../landing/open-landing-view.ts'
import { StalenessChecker } from './stale-batches.ts'

/** What {@link ifChanged} compares; `Settings` and a session have all of it. */
export interface IfChangedOptions extends LandingViewParts {
  /** A session on the target, outside a transaction; it stays open. */
  readonly session: Session
  readonly sourceFolders: readonly string[]
}

/** Whether a batch needs a run, and the reason for a log line. */
export interface IfChanged {
  readonly changed: boolean
  readonly reason: string
}

/**
 * Decides whether a run of a batch would change anything. False if its files, its source's code, the contracts, the mask and
 * the engine are those of its published version, or if it is pinned. True for a batch that is not published, also without its
 * files: the run reports what is missing.
 *
 * @example
 * ```ts
 * const { changed, reason } = await ifChanged({ ...settings, env: process.env, session }, batch)
 * if (!changed) process.stdout.write(`source_a 2023-05-01: ${reason}.\n`)
 * ```
 *
 * @throws MissingInputError if the landing root does not exist
 * @throws UsageError if the source or the environment is wrong, or the ledger is of another version
 */
export async function ifChanged(parts: IfChangedOptions, batch: Batch): Promise<IfChanged> {
  const { session, sourceFolders, env } = parts
  const { source, date } = batch
  const [facts] = await batchFacts(session, { sources: [source], from: date, to: date })
  if (facts !== undefined && facts.pinned !== null) return { changed: false, reason: `pinned: ${facts.pinned}` }
  if (facts?.published === undefined) return { changed: true, reason: 'not published' }
  const view = await openLandingView(parts)
  try {
    const checker = new StalenessChecker({ sourceFolders, mask: readMask(env), view })
    const { kind, reason } = await checker.staleness(batch, facts.published)
    return { changed: kind !== 'unchanged', reason }
  } finally {
    view.close()
  }
}
