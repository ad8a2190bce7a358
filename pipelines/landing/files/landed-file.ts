import type { Manifest } from '../delivery/manifest.ts'

/** One delivered file on a disk of this machine, and the input that claims it. */
export interface LandedFile {
  readonly input: string
  /** Absolute path, with links resolved. */
  readonly path: string
  /** Path under the landing root with `/` between its parts, as the ledger keeps it. */
  readonly name: string
  readonly gzip: boolean
}

/** A landed file as it was when it was listed or fetched. */
export interface LocalFile extends LandedFile {
  readonly bytes: number
  /** Time of the last change in milliseconds. */
  readonly changedAt: number
  /** See `fileIdentity`. */
  readonly identity: string
}

/** A delivery that was found complete. It is plain data: it goes to the engine's process, which opens these files. */
export interface LocalDelivery {
  /** By input in the order of declaration, and by name within each. */
  readonly files: readonly LocalFile[]
  /** What the files must hold; undefined where the source declares no manifest. */
  readonly manifest: Manifest | undefined
}
