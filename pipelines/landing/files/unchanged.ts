import { type Stats, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Batch } from '../../source/batch.ts'
import { requireComplete, requireListed } from '../delivery/complete.ts'
import { MissingInputError, RefusedError } from '../../platform/errors.ts'
import { fileIdentity, hashFile, hasIdentity } from '../../platform/file-identity.ts'
import { quoteNames } from '../../platform/file-name.ts'
import type { Input } from '../../source/inputs.ts'
import { type Landing, listLanding } from '../delivery/claim-files.ts'
import type { ReadFile, Transformer } from '../../source/transformer.ts'

/**
 * Looks at a batch's landing folder once more, just before the publish: what was read is still all there is. Sizes, times
 * and identities of the files, new and vanished ones, the marker and the manifest; not the quiet age, which held at the
 * start. Where the file system gives no identities, the bytes are hashed again.
 *
 * @param root landing root, absolute
 * @param source the transformer of the batch
 * @param files what the engine read, see {@link ReadFile}
 * @param identifies true if the file system of a path gives identities
 * @throws RefusedError naming what changed; nothing may be published then
 */
export async function requireUnchanged(
  root: string,
  batch: Batch,
  { inputs, ignored, ready }: Pick<Transformer, 'inputs' | 'ignored' | 'ready'>,
  files: readonly Pick<ReadFile, 'name' | 'bytes' | 'sha256' | 'records' | 'changedAt' | 'identity'>[],
  identifies: (path: string) => boolean = hasIdentity,
): Promise<void> {
  try {
    const landing = listLanding(root, batch, allOptional(inputs), { ignored, ready })
    const changed = await changedFiles(landing, files, identifies)
    compare(landing, files, changed)
    requireListed(await requireComplete(landing, { ...ready, quietSeconds: 0 }, new Date()), files)
  } catch (error) {
    if (!(error instanceof MissingInputError || error instanceof RefusedError)) throw error
    throw changedMeanwhile(error.message, error)
  }
}

/**
 * Looks at files by their paths alone: while they are read, or when reading failed and a vanished file may be why.
 *
 * @param files scanned files
 * @throws RefusedError naming those that changed or have gone since they were scanned
 */
export function requireStill(
  files: readonly (Pick<ReadFile, 'name' | 'bytes' | 'changedAt' | 'identity'> & { readonly path: string })[],
): void {
  const changed = files.filter(file => {
    const stats = statSync(file.path, { throwIfNoEntry: false })
    return !isStill(file, stats) || (hasIdentity(file.path) && !isSame(file, stats))
  })
  if (changed.length === 0) return
  const names = quoteNames(changed.map(file => file.name))
  throw changedMeanwhile(`Changed or gone while it was read: ${names}.`)
}

/** @param what changed, in a sentence */
function changedMeanwhile(what: string, cause?: Error): RefusedError {
  return new RefusedError(
    `The delivery changed while it was loaded, and nothing of it was published. ${what} ` +
      'Run the batch again once it is complete.',
    { cause },
  )
}

function isStill(file: Pick<ReadFile, 'bytes' | 'changedAt'>, stats: Stats | undefined): boolean {
  return stats?.size === file.bytes && stats.mtimeMs === file.changedAt
}

/** A file that was renamed over another keeps its size and time, if whoever wrote it set them so (`cp -p`, `rsync -t`). */
function isSame({ identity }: Pick<ReadFile, 'identity'>, stats: Stats | undefined): boolean {
  return identity === undefined || (stats !== undefined && fileIdentity(stats) === identity)
}

/** Names of the files that are listed still and are not what was read. */
async function changedFiles(
  { entries }: Landing,
  files: readonly Pick<ReadFile, 'name' | 'bytes' | 'sha256' | 'changedAt' | 'identity'>[],
  identifies: (path: string) => boolean,
): Promise<ReadonlySet<string>> {
  const now = new Map(entries.map(entry => [entry.name, entry]))
  const changed = new Set<string>()
  for (const file of files) {
    const entry = now.get(basename(file.name))
    if (entry === undefined) continue
    const same = (): boolean | Promise<boolean> => {
      if (file.identity === undefined) return true
      if (identifies(entry.path)) return isSame(file, entry.stats)
      return hashFile(entry.path).then(sha256 => sha256 === file.sha256)
    }
    if (!isStill(file, entry.stats) || !(await same())) changed.add(file.name)
  }
  return changed
}

/** A required file that has gone is better named by its name than by its pattern. */
function allOptional(inputs: Readonly<Record<string, Input>>): Readonly<Record<string, Input>> {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, { ...input, presence: 'optional' }]))
}

function compare(landing: Landing, files: readonly Pick<ReadFile, 'name'>[], changedOnes: ReadonlySet<string>): void {
  const listed = new Set(landing.files.map(file => file.name))
  const read = new Set(files.map(file => file.name))
  const gone = files.filter(file => !listed.has(file.name)).map(file => file.name)
  const changed = files.filter(file => listed.has(file.name) && changedOnes.has(file.name))
  const added = [...landing.files.map(file => file.name).filter(name => !read.has(name)), ...landing.unclaimed]
  const complaints = [
    ...(gone.length > 0 ? [`gone: ${quoteNames(gone)}`] : []),
    ...(changed.length > 0 ? [`changed: ${quoteNames(changed.map(file => file.name))}`] : []),
    ...(added.length > 0 ? [`new: ${quoteNames(added)}`] : []),
  ]
  if (complaints.length > 0) throw new RefusedError(`Since it was read: ${complaints.join('; ')}.`)
}
