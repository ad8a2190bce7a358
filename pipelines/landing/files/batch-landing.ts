import type { Batch } from '../../source/batch.ts'
import type { LoadedBatch, ReadFile, Transformer } from '../../source/transformer.ts'
import { requireUnchanged } from './unchanged.ts'

/** The landing files of one batch, wherever they lie, for the run that loads them. */
export interface BatchLanding {
  /**
   * Brings the files to a disk of this machine.
   *
   * @param workFolder a private folder, removed when the batch is loaded
   */
  fetch(workFolder: string): Promise<LandedRoot>
  /**
   * Loads the fetched files, and says in words of the landing root what goes wrong with them.
   *
   * @returns the batch, each file with the object it came from
   */
  loading(work: () => Promise<LoadedBatch>): Promise<LoadedBatch>
  /** @throws RefusedError naming what changed since the files were listed; nothing may be published then */
  requireUnchanged(files: readonly ReadFile[]): Promise<void>
}

/** Files that an engine can read. */
export interface LandedRoot {
  /** Landing root, absolute. */
  readonly root: string
  /** True for copies, whose own times say nothing of the delivery's age. */
  readonly isCopy: boolean
}

/** What finding a batch's files needs. */
export interface LandingParts {
  /** Landing root: absolute, or `s3://bucket/prefix`. */
  readonly landing: string
  readonly batch: Batch
  readonly declared: Pick<Transformer, 'inputs' | 'ignored' | 'ready'>
  readonly signal: AbortSignal
  /** Makes one more private folder, which its caller removes. */
  readonly makeFolder: () => string
  /** Told what was fetched. */
  readonly onProgress: (detail: string) => void
}

/** The landing files of a batch where they lie, in a folder. */
export function folderLanding({ landing, batch, declared }: LandingParts): BatchLanding {
  return {
    fetch: () => Promise.resolve({ root: landing, isCopy: false }),
    loading: work => work(),
    requireUnchanged: files => requireUnchanged(landing, batch, declared, files),
  }
}
