import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CaseloadError } from '../../platform/errors.ts'
import { type Batch, compactDate } from '../../source/batch.ts'
import { isStaticFile, pathInLanding } from '../../source/static-files.ts'
import { claimFiles, type Declared, type Landing, withoutRequired } from '../delivery/claim-files.ts'
import type { LandingListing } from '../delivery/landing-entry.ts'
import { listDelivery } from './list-static.ts'
import { isUnreadable, unreadable } from './unreadable.ts'

/** A file that a run of a batch would find now; nothing of it was read. */
export interface LandedNow {
  /** Path under the landing root, as the ledger keeps it. */
  readonly name: string
  readonly bytes: number
  /** When it can have changed last, in milliseconds. */
  readonly changedAt: number
  /** Of an object in a store; undefined for a file of a folder. */
  readonly etag: string | undefined
  /** Absolute; undefined for an object. */
  readonly path: string | undefined
  /** True for a static file: another one, older than a run, may have come in the place of the one that it read. */
  readonly isStatic: boolean
}

/** The content of the landing folder of a batch. */
export interface Landed {
  /** The files that a run would find now, including those that its source does not declare. */
  readonly files: readonly LandedNow[]
  /** Why the folder cannot be listed as the source declares it, such as a broken link; then `files` is empty. */
  readonly problem: string | undefined
}

/**
 * Lists the landing folder of a batch and reads no file of it.
 *
 * @param root landing root, absolute
 * @returns undefined if there is no landing folder
 * @throws MissingInputError if the source's folder cannot be read, so that it is unknown
 */
export async function landedFiles(root: string, batch: Batch, declared: Declared): Promise<Landed | undefined> {
  return (await isThere(root, batch)) ? landedOf(batch, declared, () => listDelivery(root, batch, declared)) : undefined
}

/**
 * The files of a listing that a run would read or refuse.
 *
 * @param list lists the landing folder of the batch
 */
export async function landedOf(
  batch: Batch,
  declared: Declared,
  list: () => Promise<LandingListing> | LandingListing,
): Promise<Landed> {
  try {
    return { files: filesOf(claimFiles(await list(), batch, withoutRequired(declared))), problem: undefined }
  } catch (error) {
    if (error instanceof CaseloadError) return { files: [], problem: error.message }
    if (isUnreadable(error)) return { files: [], problem: 'the landing folder cannot be read' }
    throw error
  }
}

async function isThere(root: string, { source, date }: Batch): Promise<boolean> {
  try {
    await stat(join(root, source, compactDate(date)))
    return true
  } catch (error) {
    if (isUnreadable(error)) throw unreadable(`the folder of ${source}`, join(root, source), error)
    // It is not there, a part of the path is a file, or a link leads in a circle.
    return false
  }
}

function filesOf({ batch, files, unclaimed, entries, statics, placed }: Landing): readonly LandedNow[] {
  const byName = new Map([...entries, ...statics].map(entry => [entry.name, entry]))
  return [...files.map(file => file.entry.name), ...unclaimed].flatMap(name => {
    const entry = byName.get(name)
    if (entry === undefined) return []
    const { bytes, touched, identity, path } = entry
    const etag = path === undefined ? identity : undefined
    const changedAt = Math.max(touched, placed)
    return [{ name: pathInLanding(batch, name), bytes, changedAt, etag, path, isStatic: isStaticFile(name) }]
  })
}
