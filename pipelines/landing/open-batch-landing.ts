import { isS3 } from '../platform/s3-location.ts'
import type { BatchLanding, BatchLandingOptions } from './files/batch-landing.ts'
import { folderLanding } from './files/folder-landing.ts'

/** Opens the landing of a batch. */
export async function openBatchLanding(options: BatchLandingOptions): Promise<BatchLanding> {
  if (!isS3(options.landing)) return folderLanding(options)
  // The SDK takes half a second and 20 MB: a run from a folder does without.
  const { FetchedLanding } = await import('./s3/fetched-landing.ts')
  return new FetchedLanding(options, process.env)
}
