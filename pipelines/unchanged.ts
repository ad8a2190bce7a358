import { type Stats, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Batch } from './batch.ts'
import { requireComplete, requireListed } from './complete.ts'
import { MissingInputError, RefusedError } from './errors.ts'
import { quoteNames } from './file-name.ts'
import type { Input } from './inputs.ts'
import { type Landing, listLanding } from './landing.ts'
import type { ScannedFile } from './read/scan-file.ts'
import type { ReadFile, Transformer } from './transformer.ts'

/**
 * Looks at a batch's landing folder once more, just before the publish: what was read is still all there is. Sizes and
 * times of the files, new and vanished ones, the marker and the manifest; not the quiet age, which held at the start.
 *
 * @param root landing root, absolute
 * @param source the transformer of the batch
 * @param files what the engine read, see {@link ReadFile}
 * @throws RefusedError naming what changed; nothing may be published then
 */
export async function requireUnchanged(
  root: string,
  batch: Batch,
  { inputs, ignored, ready }: Pick<Transformer, 'inputs' | 'ignored' | 'ready'>,
  files: readonly Pick<ReadFile, 'name' | 'bytes' | 'sha256' | 'records' | 'changedAt'>[],
): Promise<void> {
  try {
    const landing = listLanding(root, batch, allOptional(inputs), { ignored, ready })
    compare(landing, files)
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
export function requireStill(files: readonly Pick<ScannedFile, 'path' | 'name' | 'bytes' | 'changedAt'>[]): void {
  const changed = files.filter(file => !isStill(file, statSync(file.path, { throwIfNoEntry: false })))
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

/** A required file that has gone is better named by its name than by its pattern. */
function allOptional(inputs: Readonly<Record<string, Input>>): Readonly<Record<string, Input>> {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, { ...input, presence: 'optional' }]))
}

function compare(landing: Landing, files: readonly Pick<ReadFile, 'name' | 'bytes' | 'changedAt'>[]): void {
  const now = new Map(landing.entries.map(entry => [entry.name, entry.stats]))
  const listed = new Set(landing.files.map(file => file.name))
  const read = new Set(files.map(file => file.name))
  const gone = files.filter(file => !listed.has(file.name)).map(file => file.name)
  const changed = files.filter(file => listed.has(file.name) && !isStill(file, now.get(basename(file.name))))
  const added = [...landing.files.map(file => file.name).filter(name => !read.has(name)), ...landing.unclaimed]
  const complaints = [
    ...(gone.length > 0 ? [`gone: ${quoteNames(gone)}`] : []),
    ...(changed.length > 0 ? [`changed: ${quoteNames(changed.map(file => file.name))}`] : []),
    ...(added.length > 0 ? [`new: ${quoteNames(added)}`] : []),
  ]
  if (complaints.length > 0) throw new RefusedError(`Since it was read: ${complaints.join('; ')}.`)
}
