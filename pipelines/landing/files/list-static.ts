import { readdir } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { MissingInputError } from '../../platform/errors.ts'
import type { Batch } from '../../source/batch.ts'
import { hasStatic, staticFolder } from '../../source/static-files.ts'
import type { Declared } from '../delivery/claim-files.ts'
import type { LandingListing, StaticPlace } from '../delivery/landing-entry.ts'
import { entriesBelow, listFolder } from './list-folder.ts'

/** Lists the landing folder of a batch, see {@link listFolder}, and the static files of its source if it declares any. */
export async function listDelivery(root: string, batch: Batch, declared: Declared): Promise<LandingListing> {
  const listing = await listFolder(root, batch)
  if (!hasStatic(declared.inputs)) return listing
  const landed = await placeIn(root, join(root, batch.source, staticFolder), true)
  return { ...listing, statics: [landed, ...(await placesBesideClass(declared))] }
}

/** The folders beside the class of a source that may hold its static files, in the order in which they are searched. */
export async function placesBesideClass({ folder }: Declared): Promise<readonly StaticPlace[]> {
  if (folder === undefined) return []
  // A source is code, and its author's own: a link may lead anywhere.
  const { root } = parse(folder)
  return [await placeIn(root, join(folder, staticFolder), false), await placeIn(root, folder, false)]
}

async function placeIn(root: string, folder: string, isLanding: boolean): Promise<StaticPlace> {
  const names = await namesIn(folder)
  return { place: folder, isLanding, entries: names.length === 0 ? [] : await entriesBelow(root, folder, names) }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    throw new MissingInputError(
      `Expected to list the static files in ${folder}, but it cannot be read as a folder (${code ?? 'unknown'}).`,
      { cause: error },
    )
  }
}
