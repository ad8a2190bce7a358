import { MissingInputError, RefusedError } from '../../platform/errors.ts'
import { quoteNames } from '../../platform/file-name.ts'
import type { Batch } from '../../source/batch.ts'
import { nameInDelivery } from '../../source/static-files.ts'
import type { ReadFile } from '../../source/transformer.ts'
import { claimFiles, type Declared, type Landing, withoutRequired } from './claim-files.ts'
import { requireListed } from './complete.ts'
import { type LandingStore, requireSigns } from './judge-delivery.ts'

/** What the comparison needs to know about a file that was read. */
type ComparedFile = Pick<ReadFile, 'name' | 'bytes' | 'sha256' | 'records' | 'changedAt' | 'identity' | 'object'>

/**
 * Lists a delivery once more, just before the publish, and compares it with what was read: names, sizes, times and
 * identities of the files, the marker and the manifest. The quiet age held at the start.
 *
 * @param files what the engine read, see {@link ReadFile}
 * @throws RefusedError naming what changed; nothing may be published then
 */
export async function requireUnchanged(
  store: LandingStore,
  batch: Batch,
  declared: Declared,
  files: readonly ComparedFile[],
): Promise<void> {
  try {
    const landing = claimFiles(await store.list(declared), batch, withoutRequired(declared))
    compare(landing, files, await changedFiles(store, landing, files))
    requireListed(await requireSigns(store, landing, declared.ready), files)
  } catch (error) {
    if (!(error instanceof MissingInputError || error instanceof RefusedError)) throw error
    throw changedMeanwhile(error.message, error)
  }
}

/** @param what changed, in a sentence */
export function changedMeanwhile(what: string, cause?: Error): RefusedError {
  return new RefusedError(
    `The delivery changed while it was loaded, and nothing of it was published. ${what} ` +
      'Run the batch again once it is complete.',
    { cause },
  )
}

/** Names of the files that are still listed and are not what was read. */
async function changedFiles(
  store: LandingStore,
  { entries, statics }: Landing,
  files: readonly ComparedFile[],
): Promise<ReadonlySet<string>> {
  const now = new Map([...entries, ...statics].map(entry => [entry.name, entry]))
  const changed = new Set<string>()
  for (const file of files) {
    const entry = now.get(nameInDelivery(file.name))
    if (entry === undefined) continue
    const isStill = entry.bytes === file.bytes && entry.modified === file.changedAt
    if (!isStill || !(await store.isSame(entry, file))) changed.add(file.name)
  }
  return changed
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
