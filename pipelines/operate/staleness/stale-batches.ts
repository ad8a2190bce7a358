import pLimit from 'p-limit'
import { type Batch, transformerOf } from '../../source/batch.ts'
import { CaseloadError, MissingInputError } from '../../platform/errors.ts'
import { hashFile } from '../../platform/file-identity.ts'
import type { MaskKey } from '../../contract/mask/key.ts'
import { listTransformers, loadSource, type Source } from '../../source/load-source.ts'
import { changesOf } from './file-changes.ts'
import { type RunFingerprint, runFingerprint } from '../../source/fingerprint/fingerprint.ts'
import { declaredOf } from '../../landing/delivery/claim-files.ts'
import type { Landed } from '../../landing/files/landed-files.ts'
import type { LandingView } from '../../landing/files/landing-view.ts'
import { isStaticFile } from '../../source/static-files.ts'
import {
  type FileChanges,
  type RecordedInputs,
  type Staleness,
  stalenessOf,
} from '../../source/fingerprint/staleness.ts'

/** What {@link StalenessChecker} compares batches with. */
export interface StalenessCheckerOptions {
  readonly sourceFolders: readonly string[]
  /** Undefined if rows are stored as delivered. */
  readonly mask: MaskKey | undefined
  /** Undefined without a landing root: then no batch is stale because of its files. */
  readonly view: LandingView | undefined
  /** Static files count as unchanged. */
  readonly ignoresStatic?: boolean
  /** False: no file is hashed, and one that has the recorded name and size counts as unchanged. */
  readonly readsFiles?: boolean
  /**
   * Gets the reason why an installed source does not load, which then counts as not installed; and, once per source, why its
   * landing folder cannot be read, whose files then count as unchanged. Without it, these errors are thrown.
   */
  readonly onProblem?: (problem: string) => void
}

/** An installed source, with the fingerprint that a run would have now. */
export interface InstalledSource {
  readonly source: Source
  readonly fingerprint: RunFingerprint
}

/** Maximum number of landing folders listed at once: in an object store each is a request. */
const parallelFolders = 8

/** Compares published batches with what a run would make now. Loads and hashes each source once. */
export class StalenessChecker {
  readonly #parts: StalenessCheckerOptions
  readonly #limit = pLimit(parallelFolders)
  readonly #unreadable = new Set<string>()
  readonly #hashes = new Map<string, Promise<string>>()
  readonly #sources = new Map<string, Promise<InstalledSource | undefined>>()

  constructor(parts: StalenessCheckerOptions) {
    this.#parts = parts
  }

  /**
   * @returns undefined if the code of the source is not installed
   * @throws UsageError if it is installed and does not load
   */
  installed(name: string): Promise<InstalledSource | undefined> {
    const known = this.#sources.get(name)
    if (known !== undefined) return known
    const loading = this.#load(name)
    this.#sources.set(name, loading)
    return loading
  }

  /** Whether a run of the batch would have other inputs than `recorded`. */
  staleness({ source, date }: Batch, recorded: RecordedInputs): Promise<Staleness> {
    return this.#limit(async () => {
      const installed = await this.installed(source)
      if (installed === undefined) return stalenessOf(recorded, { fingerprint: undefined, files: undefined })
      const landed = await this.#landed({ source, date }, installed.source)
      const files = landed === undefined ? undefined : await this.#changes(recorded, landed)
      return stalenessOf(recorded, { fingerprint: installed.fingerprint, files })
    })
  }

  /** Whether a file of the delivery came, or changed, after a moment, in milliseconds. A static file delivers no day. */
  deliveredSince(batch: Batch, moment: number): Promise<boolean> {
    return this.#limit(async () => {
      const installed = await this.installed(batch.source)
      const landed = installed === undefined ? undefined : await this.#landed(batch, installed.source)
      return landed?.files.some(file => !file.isStatic && file.changedAt > moment) === true
    })
  }

  /** Every batch of a source reads the same static files: they are hashed once. */
  #changes({ files, startedAt }: RecordedInputs, landed: Landed): Promise<FileChanges> {
    const { ignoresStatic = false, readsFiles = true } = this.#parts
    const recorded = ignoresStatic ? files.filter(file => !isStaticFile(file.path)) : files
    const found = ignoresStatic ? { ...landed, files: landed.files.filter(file => !file.isStatic) } : landed
    if (!readsFiles) return changesOf(recorded, startedAt, found, null)
    return changesOf(recorded, startedAt, found, path => {
      const hash = this.#hashes.get(path) ?? hashFile(path)
      this.#hashes.set(path, hash)
      return hash
    })
  }

  async #landed(batch: Batch, source: Source): Promise<Landed | undefined> {
    const { view, onProblem } = this.#parts
    try {
      return await view?.landed(batch, declaredOf(source))
    } catch (error) {
      if (onProblem === undefined || !(error instanceof MissingInputError)) throw error
      if (!this.#unreadable.has(batch.source)) {
        onProblem(`files of ${batch.source} are not compared: ${error.message}`)
      }
      this.#unreadable.add(batch.source)
      return undefined
    }
  }

  async #load(name: string): Promise<InstalledSource | undefined> {
    const { sourceFolders, mask, onProblem } = this.#parts
    if (!listTransformers(sourceFolders).includes(transformerOf(name))) return undefined
    try {
      const source = await loadSource(name, sourceFolders)
      return { source, fingerprint: runFingerprint(source, mask) }
    } catch (error) {
      if (onProblem === undefined || !(error instanceof CaseloadError)) throw error
      onProblem(error.message)
      return undefined
    }
  }
}
