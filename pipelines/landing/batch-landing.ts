import { isS3 } from '../platform/s3-location.ts'
import type { Batch } from '../source/batch.ts'
import type { LoadedBatch, ReadFile } from '../source/transformer.ts'
import type { Declared } from './delivery/claim-files.ts'
import { folderLanding } from './files/folder-landing.ts'
import type { LocalDelivery } from './files/landed-file.ts'

/** The landing of one batch, a folder or a prefix of an object store, for the run that loads it. */
export interface BatchLanding {
  /**
   * Lists the delivery, decides whether it may be loaded, and brings its files to a disk of this machine.
   *
   * @param workFolder a private folder, removed when the batch is loaded
   * @throws MissingInputError if the delivery is not complete
   * @throws RefusedError if it cannot be accepted
   */
  fetch(workFolder: string): Promise<LocalDelivery>
  /** @returns the batch that the engine loaded, each fetched file with the object that it is a copy of */
  withOrigins(loaded: LoadedBatch): LoadedBatch
  /** @throws RefusedError naming what changed since the files were read; nothing may be published then */
  requireUnchanged(files: readonly ReadFile[]): Promise<void>
}

/** What a {@link BatchLanding} needs. */
export interface BatchLandingOptions {
  /** Landing root: absolute, or `s3://bucket/prefix`. */
  readonly landing: string
  readonly batch: Batch
  readonly declared: Declared
  readonly signal: AbortSignal
  /** Gets what was fetched. */
  readonly onProgress: (detail: string) => void
}

/** Opens the landing of a batch. */
export async function openBatchLanding(options: BatchLandingOptions): Promise<BatchLanding> {
  if (!isS3(options.landing)) return folderLanding(options)
  // The SDK takes half a second and 20 MB: a run from a folder does without.
  const { FetchedLanding } = await import('./s3/fetched-landing.ts')
  return new FetchedLanding(options, process.env)
}
