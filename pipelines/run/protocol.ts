import type { Batch } from '../source/batch.ts'
import type { LocalDelivery } from '../landing/files/landed-file.ts'
import type { WireError } from '../platform/errors.ts'
import type { LoadedBatch } from '../source/transformer.ts'

/** Asks the engine's process to load a batch; sent over IPC, because every user of the machine can read arguments. */
export interface LoadRequest {
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

/** A message of the engine's process to its parent. */
export type EngineMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly stage: 'read' | 'stage'; readonly detail: string }
  /** Rows copied so far, of all tables; 0 means that copying begins, or begins again. */
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'loaded'; readonly loaded: LoadedBatch }
  | { readonly kind: 'failed'; readonly error: WireError }
