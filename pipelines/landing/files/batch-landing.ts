import type { Batch } from '../../source/batch.ts'
import type { LoadedBatch, ReadFile } from '../../source/transformer.ts'
import type { Declared } from '../delivery/claim-files.ts'
import type { LocalDelivery } from './landed-file.ts'

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
