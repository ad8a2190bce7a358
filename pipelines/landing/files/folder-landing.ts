import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { MissingInputError } from '../../platform/errors.ts'
import { hashFile, hasIdentity } from '../../platform/file-identity.ts'
import { quoteName } from '../../platform/file-name.ts'
import type { Batch } from '../../source/batch.ts'
import type { BatchLanding, BatchLandingOptions } from './batch-landing.ts'
import type { ClaimedFile } from '../delivery/claim-files.ts'
import { judgeDelivery, type LandingStore } from '../delivery/judge-delivery.ts'
import type { LandingEntry } from '../delivery/landing-entry.ts'
import { maxManifestBytes } from '../delivery/manifest.ts'
import { requireUnchanged } from '../delivery/unchanged.ts'
import type { LocalFile } from './landed-file.ts'
import { listDelivery } from './list-static.ts'

/** The landing of a batch in a folder: the engine reads its files where they are. */
export function folderLanding({ landing, batch, declared, signal }: BatchLandingOptions): BatchLanding {
  const store = folderStore(landing, batch)
  return {
    fetch: () =>
      unlessAborted(signal, async () => {
        const { files, manifest } = await judgeDelivery(store, batch, declared, new Date())
        return { files: files.map(localFile), manifest }
      }),
    withOrigins: loaded => loaded,
    requireUnchanged: files => unlessAborted(signal, () => requireUnchanged(store, batch, declared, files)),
  }
}

/**
 * The landing folder of a batch as a store.
 *
 * @param root landing root, absolute
 * @param identifies true if the file system of a path gives identities; elsewhere the bytes are hashed again
 */
export function folderStore(
  root: string,
  batch: Batch,
  identifies: (path: string) => boolean = hasIdentity,
): LandingStore {
  return {
    list: declared => listDelivery(root, batch, declared),
    readManifest,
    isSame: async (entry, { identity, sha256 }) => {
      const path = pathOf(entry)
      return identifies(path) ? entry.identity === identity : (await hashFile(path)) === sha256
    },
  }
}

/** A file that the engine reads where it is. */
export function localFile({ input, name, gzip, entry }: ClaimedFile): LocalFile {
  const { bytes, modified, identity } = entry
  return { input, path: pathOf(entry), name, gzip, bytes, changedAt: modified, identity }
}

async function readManifest(entry: LandingEntry): Promise<Uint8Array> {
  const handle = await openPlain(entry)
  try {
    const chunks: Buffer[] = []
    // The end is inclusive: one byte more than allowed shows that there is more.
    for await (const chunk of handle.createReadStream({ end: maxManifestBytes, autoClose: false })) {
      chunks.push(chunk as Buffer)
    }
    return Buffer.concat(chunks)
  } finally {
    await handle.close()
  }
}

/** Without blocking, and not through a link: something else may have replaced the file that was listed. */
async function openPlain(entry: LandingEntry): Promise<FileHandle> {
  try {
    return await open(pathOf(entry), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  } catch (error) {
    throw new MissingInputError(
      `Expected to read the manifest ${quoteName(entry.name)}, but this user may not, or it has just gone.`,
      { cause: error },
    )
  }
}

function pathOf({ name, path }: LandingEntry): string {
  if (path === undefined) throw new Error(`${name} is not a file of a folder`)
  return path
}

/** Ends with the reason of the signal although a call of the file system hangs: a lost network mount never answers. */
async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work(), aborted])
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}
