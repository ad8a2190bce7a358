import type { Batch } from '../../source/batch.ts'
import type { ReadFile, Ready } from '../../source/transformer.ts'
import { type ClaimedFile, claimFiles, type Declared, type Landing, requireDeclared } from './claim-files.ts'
import { manifestEntry, requireManifestFiles, requireMarker, requireQuiet } from './complete.ts'
import type { LandingEntry, LandingListing } from './landing-entry.ts'
import { type Manifest, maxManifestBytes, parseManifest, tooLarge } from './manifest.ts'

/** Where the landing files of a batch are: a folder, or a prefix of an object store. It lists and reads, and decides nothing. */
export interface LandingStore {
  /**
   * @param declared says whether, and where else, static files may lie
   * @throws NoDeliveryError if nothing was delivered, and others of `CaseloadError`
   */
  list(declared: Declared): Promise<LandingListing>
  /**
   * Reads a manifest, at least to the first byte beyond `maxManifestBytes`.
   *
   * @throws MissingInputError if it may not be read, or has gone
   */
  readManifest(entry: LandingEntry): Promise<Uint8Array>
  /** Whether an entry, which has the size and time of a file that was read, is that file. */
  isSame(entry: LandingEntry, file: Pick<ReadFile, 'identity' | 'sha256' | 'object'>): Promise<boolean>
}

/** What deciding about a delivery needs of its store. */
export type DeliveryReader = Pick<LandingStore, 'list' | 'readManifest'>

/** A delivery that may be loaded. */
export interface CompleteDelivery {
  /** By input in the order of declaration, and by name within each. */
  readonly files: readonly ClaimedFile[]
  /** Undefined where none is declared. */
  readonly manifest: Manifest | undefined
}

/**
 * Lists a delivery once and decides whether it may be loaded. It waits for nothing, and reads no file but the manifest.
 *
 * @param now the time to measure the quiet age at
 * @throws MissingInputError if the delivery is not complete, naming what is awaited
 * @throws RefusedError for an entry that is not a plain file, a file that is not declared, and a broken manifest
 * @throws UsageError if the source declares patterns that cannot be
 */
export async function judgeDelivery(
  store: DeliveryReader,
  batch: Batch,
  declared: Declared,
  now: Date,
): Promise<CompleteDelivery> {
  const landing = claimFiles(await store.list(declared), batch, declared)
  const manifest = await requireSigns(store, landing, declared.ready)
  requireQuiet(landing, declared.ready, now)
  requireDeclared(landing, declared)
  return { files: landing.files, manifest }
}

/**
 * Requires the marker, and the files that the manifest lists; not the quiet age.
 *
 * @returns the manifest; undefined where none is declared
 * @throws MissingInputError naming what is awaited: the marker, the manifest, a file it lists, bytes it lists, or an entry
 *   for a delivered file
 * @throws RefusedError if the manifest is broken
 */
export async function requireSigns(
  store: DeliveryReader,
  landing: Landing,
  ready: Ready,
): Promise<Manifest | undefined> {
  requireMarker(landing, ready)
  const entry = manifestEntry(landing, ready)
  if (entry === undefined) return undefined
  if (entry.bytes > maxManifestBytes) throw tooLarge(entry.name)
  const manifest = parseManifest(entry.name, await store.readManifest(entry))
  requireManifestFiles(landing, manifest)
  return manifest
}
