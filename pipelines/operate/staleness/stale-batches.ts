import pLimit from 'p-limit'
import { type Batch, transformerOf } from '../../source/batch.ts'
import { CaseloadError, MissingInputError } from '../../platform/errors.ts'
import type { MaskKey } from '../../contract/mask/key.ts'
import { listTransformers, loadSource, type Source } from '../../source/load-source.ts'
import { changesOf } from './file-changes.ts'
import { type RunFingerprint, runFingerprint } from '../../source/fingerprint/fingerprint.ts'
import type { Landed } from '../../landing/files/landed-files.ts'
import type { LandingView } from '../../landing/files/landing-view.ts'
import { type RecordedInputs, type Staleness, stalenessOf } from '../../source/fingerprint/staleness.ts'

/** What batches are compared with. */
export interface StalenessCheckerOptions {
  readonly sourceFolders: readonly string[]
  /** Undefined if rows are stored as delivered. */
  readonly mask: MaskKey | undefined
  /** Undefined where there is no landing root: then no batch is stale for its files. */
  readonly view: LandingView | undefined
  /**
   * Told why a source that is there cannot be loaded, which then counts as not there, and, once a source, why its folder
   * cannot be looked into, whose files then count as unchanged; without it, these are thrown.
   */
  readonly onProblem?: (problem: string) => void
}

/** A source as it is installed here, with the fingerprint of a run of it now. */
export interface InstalledSource {
  readonly source: Source
  readonly fingerprint: RunFingerprint
}

/** Landing folders looked at together: of a store, each is a request. */
const parallelFolders = 8

/** The present, with which published batches are compared; each source is loaded and hashed once. */
export class StalenessChecker {
  readonly #parts: StalenessCheckerOptions
  readonly #limit = pLimit(parallelFolders)
  readonly #unreadable = new Set<string>()
  readonly #sources = new Map<string, Promise<InstalledSource | undefined>>()

  constructor(parts: StalenessCheckerOptions) {
    this.#parts = parts
  }

  /**
   * @returns undefined where the code of the source is not there
   * @throws UsageError if it is there and cannot be loaded
   */
  installed(name: string): Promise<InstalledSource | undefined> {
    const known = this.#sources.get(name)
    if (known !== undefined) return known
    const loading = this.#load(name)
    this.#sources.set(name, loading)
    return loading
  }

  /** Whether a run would make other rows of a batch than those that `made` describes. */
  staleness({ source, date }: Batch, made: RecordedInputs): Promise<Staleness> {
    return this.#limit(async () => {
      const installed = await this.installed(source)
      if (installed === undefined) return stalenessOf(made, { fingerprint: undefined, files: undefined })
      const landed = await this.#landed({ source, date }, installed.source)
      const files = landed === undefined ? undefined : await changesOf(made.files, made.startedAt, landed)
      return stalenessOf(made, { fingerprint: installed.fingerprint, files })
    })
  }

  async #landed(batch: Batch, { transformer }: Source): Promise<Landed | undefined> {
    const { view, onProblem } = this.#parts
    try {
      return await view?.landed(batch, transformer)
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
