import { isS3 } from '../platform/s3-location.ts'
import { type BatchLanding, folderLanding, type LandingParts } from './files/batch-landing.ts'

/** The landing files of a batch: where they lie, if that is a folder; else copies of objects, made by `fetch`. */
export async function batchLanding(parts: LandingParts): Promise<BatchLanding> {
  if (!isS3(parts.landing)) return folderLanding(parts)
  // The SDK takes half a second and 20 MB: a run from a folder does without.
  const { FetchedLanding } = await import('./s3/fetched-landing.ts')
  return new FetchedLanding(parts, process.env)
}
