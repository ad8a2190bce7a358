import type { Batch } from '../source/batch.ts'
import type { LocalDelivery } from '../landing/files/landed-file.ts'
import type { WireError } from '../platform/errors.ts'
import type { LoadedBatch } from '../source/transformer.ts'

/** What the engine's process needs to know; sent over IPC, because arguments can be read by every user of the machine. */
export interface EngineOrder {
  readonly batch: Batch
  readonly runId: string
  readonly delivery: LocalDelivery
  readonly sourceFolders: readonly string[]
  /** URL of the database, undefined for the PG* environment. */
  readonly databaseUrl: string | undefined
  /** IANA zone of times without an offset. */
  readonly zone: string
  /** Private folder for DuckDB's spill files. */
  readonly workFolder: string
  readonly memoryLimit: string
  readonly threads: number
}

/** What the engine's process says. */
export type EngineWord =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly stage: 'read' | 'stage'; readonly detail: string }
  /** Rows copied so far, of all tables; 0 says that copying begins, or begins again. */
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'loaded'; readonly loaded: LoadedBatch }
  | { readonly kind: 'failed'; readonly error: WireError }
