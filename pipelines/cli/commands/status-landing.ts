import { readMask } from '../../contract/mask/key.ts'
import type { LandingView } from '../../landing/files/landing-view.ts'
import { futureError, futureFolders } from '../../landing/future-day.ts'
import { openLandingView } from '../../landing/open-landing-view.ts'
import type { StateChecks } from '../../ledger/status.ts'
import type { LandedDays } from '../../operate/problems/problems.ts'
import type { LandingSight } from '../../operate/problems/whole.ts'
import { StalenessChecker } from '../../operate/staleness/stale-batches.ts'
import { CaseloadError } from '../../platform/errors.ts'
import { withoutMask } from '../../source/fingerprint/staleness.ts'
import { listTransformers } from '../../source/load-source.ts'
import type { Settings } from '../../source/settings.ts'

/** What `status` looks at besides the ledger. */
export interface StatusLandingOptions {
  readonly settings: Settings
  /** Empty for all. */
  readonly sources: readonly string[]
  readonly now: Date
  readonly warn: (message: string) => void
  /** False: a file that has the name and the size that a run has read counts as unchanged. */
  readonly readsFiles?: boolean
}

/** Files, masking and sources as they are now. */
export interface StatusLanding extends StateChecks {
  readonly landedDays: LandedDays
  readonly sight: LandingSight
  close(): void
}

/**
 * Opens the landing root, the masking and the sources of this machine. What cannot be opened is not compared, with one warning:
 * the ledger still knows what is published. Warns of landing folders of future days.
 */
export async function openStatusLanding({
  settings,
  sources,
  now,
  warn,
  readsFiles = true,
}: StatusLandingOptions): Promise<StatusLanding> {
  const warnOnError = async <V>(consequence: string, open: () => V | Promise<V>): Promise<V | typeof failed> => {
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof CaseloadError)) throw error
      warn(`${consequence}: ${error.message}`)
      return failed
    }
  }
  let obstacle: string | undefined
  const opened = await warnOnError('files are not compared', () =>
    openReachableView(settings).catch((error: unknown) => {
      if (error instanceof CaseloadError) obstacle = error.message
      throw error
    }),
  )
  const view = opened === failed ? failed : opened.view
  if (view !== failed) {
    const future = await warnOnError('days past tomorrow are not searched', () =>
      futureFolders(view, { sources, transformers: listTransformers(settings.sourceFolders) }, now),
    )
    if (future !== failed && future.length > 0) warn(futureError(future, now).message)
  }
  const mask = await warnOnError('masking is not compared', () => readMask(process.env))
  const checker = new StalenessChecker({
    sourceFolders: settings.sourceFolders,
    mask: mask === failed ? undefined : mask,
    view: view === failed ? undefined : view,
    onProblem: warn,
    readsFiles,
  })
  const listDays = async (source: string): Promise<ReadonlySet<string> | undefined> => {
    if (view === failed) return undefined
    const days = await warnOnError(`${source} is not looked at`, () => view.days(source))
    return days === failed ? undefined : new Set(days)
  }
  const listed = new Map<string, ReturnType<typeof listDays>>()
  const landedDays: LandedDays = source => {
    const known = listed.get(source) ?? listDays(source)
    listed.set(source, known)
    return known
  }
  return {
    staleness: (batch, made) => checker.staleness(batch, mask === failed ? withoutMask(made) : made),
    deliveredSince: async (batch, moment) => {
      const days = await landedDays(batch.source)
      return days?.has(batch.date) === true && (await checker.deliveredSince(batch, moment))
    },
    landedDays,
    sight: { landing: settings.landing, obstacle, folders: opened === failed ? undefined : opened.folders },
    close: () => {
      if (view !== failed) view.close()
    },
  }
}

/** Opens them for some work. */
export async function withStatusLanding<T>(
  options: StatusLandingOptions,
  work: (landing: StatusLanding) => Promise<T>,
): Promise<T> {
  const landing = await openStatusLanding(options)
  try {
    return await work(landing)
  } finally {
    landing.close()
  }
}

const failed = Symbol('could not be opened')

/** Lists the landing root once: an object store only fails on its first request. */
async function openReachableView(
  settings: Settings,
): Promise<{ readonly view: LandingView; readonly folders: number }> {
  const view = await openLandingView({ ...settings, env: process.env })
  try {
    return { view, folders: (await view.folders()).length }
  } catch (error) {
    view.close()
    throw error
  }
}
