import { isS3 } from '../platform/s3-location.ts'
import { folderView, type LandingView, type LandingViewParts } from './files/landing-view.ts'

/**
 * Opens a landing root to list it.
 *
 * @throws MissingInputError if it is a folder that is not there; an object store fails at its first listing
 */
export async function openLandingView(parts: LandingViewParts): Promise<LandingView> {
  if (!isS3(parts.landing)) return folderView(parts.landing)
  // The SDK takes half a second and 20 MB: a folder does without.
  const { ObjectView } = await import('./s3/object-view.ts')
  return new ObjectView(parts)
}
