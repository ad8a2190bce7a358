import { createHash } from 'node:crypto'
import type { Batch } from '../../source/batch.ts'
import { CaseloadError } from '../../platform/errors.ts'
import { claimFiles, type Declared, withoutRequired } from './claim-files.ts'
import { signName } from './file-patterns.ts'
import type { LandingEntry, LandingListing } from './landing-entry.ts'

/** A delivery as its listing shows it; nothing of it was read. */
export interface DeliveryPrint {
  /** Another one if a file came, went or may have been written: a hash of names, sizes, times and ETags. */
  readonly fingerprint: string
  /** When it changed last, in milliseconds. */
  readonly changedAt: number
}

/**
 * The fingerprint of a delivery: of the files that a run would read or refuse, of the marker and of the manifest. A static file
 * delivers no day. It is the same on all machines that see the folder, so it has no inode.
 *
 * @param listing undefined if a run would refuse the folder itself
 */
export function printDelivery(listing: LandingListing | undefined, batch: Batch, declared: Declared): DeliveryPrint {
  const parts = listing?.entries.filter(isCounted(listing, batch, declared)).map(entry => {
    if (entry.kind !== 'file') return [entry.name, entry.kind]
    const { name, bytes, modified, touched, identity, path } = entry
    return [name, bytes, modified, touched, ...(path === undefined ? [identity] : [])]
  })
  const times = (listing?.entries ?? []).map(entry => (entry.kind === 'file' ? entry.touched : 0))
  return {
    fingerprint: createHash('sha256')
      .update(JSON.stringify(parts ?? null))
      .digest('hex'),
    changedAt: [listing?.touched ?? 0, listing?.placed ?? 0, ...times].reduce((a, b) => Math.max(a, b), 0),
  }
}

/** Which names of a listing count; of one that a run would refuse, all do. */
function isCounted(
  listing: LandingListing,
  batch: Batch,
  declared: Declared,
): (entry: Pick<LandingEntry, 'name'>) => boolean {
  const { marker, manifest } = declared.ready
  try {
    const { files, unclaimed } = claimFiles(listing, batch, withoutRequired(declared))
    const names = new Set([
      ...files.map(file => file.entry.name),
      ...unclaimed,
      ...[marker, manifest].map(name => (name === undefined ? '' : signName(name, batch))),
    ])
    return ({ name }) => names.has(name)
  } catch (error) {
    if (!(error instanceof CaseloadError)) throw error
    return () => true
  }
}
