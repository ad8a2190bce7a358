import { countText } from '../platform/count-text.ts'
import { blame, illFormed } from '../check/diagnose-failure.ts'
import type { ZoneDifference } from '../check/zones/differences.ts'
import type { ContractColumn } from '../contract/contract.ts'
import type { ShownColumn } from '../contract/mask/mask.ts'
import { parentsFirst } from '../contract/tables/contracts.ts'
import { requireStill } from '../landing/files/unchanged.ts'
import type { LocalDelivery } from '../landing/files/landed-file.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import type { Session } from '../platform/postgres.ts'
import { type Attempt, firstAttempt, nextAttempt } from '../read/load-strategy.ts'
import type { Batch } from '../source/batch.ts'
import type { Input } from '../source/inputs.ts'
import type { BatchEngine, Candidates, ReadFile, StagedTable, Transformer } from '../source/transformer.ts'
import type { QuarantineWriter } from '../stage/quarantine-writer.ts'
import type { RowMeter } from '../stage/row-meter.ts'
import { type Delivery, readDelivery } from './read-delivery.ts'

/** What the engine needs to read and check a batch. */
export interface ReadParts {
  readonly batch: Batch
  /** The files to read; the engine lists no folder. */
  readonly delivery: LocalDelivery
  /** What the source declares. */
  readonly declared: Transformer
  /** Path of a table's SELECT as its author knows it. */
  readonly selectPath: (table: string) => string
  /** Private folder on a disk. */
  readonly workFolder: string
  /** How a column may be stored. */
  readonly mask: (column: ContractColumn) => ShownColumn
  /** True if rows are masked: then quarantine keeps no text of a record that no parser accepts. */
  readonly masks: boolean
  /** Opens DuckDB, allowed to read exactly these paths. */
  readonly openDuckDB: (allowedPaths: readonly string[]) => Promise<DuckDB>
  /** Gets the stage and its progress. */
  readonly onProgress: (stage: 'read' | 'stage', detail: string) => void
}

/** What the engine needs to stage a batch in PostgreSQL. */
export interface EngineParts extends ReadParts {
  readonly runId: string
  /** By zone, the differences between DuckDB's and PostgreSQL's rules, for zones that were compared already. */
  readonly comparedZones?: Map<string, readonly ZoneDifference[]>
  /** Opens one more session on the target. */
  readonly openSession: () => Promise<Session>
  /** Counts the copied rows. */
  readonly meter: RowMeter
}

/** Where the rows of a batch go: into a database, or, for `caseload try`, nowhere. */
export interface StageTarget {
  /** Checks the candidates and takes their rows: all tables, or it throws. */
  stage(delivery: Delivery, candidates: readonly Candidates[], keys: Attempt['keys']): Promise<readonly StagedTable[]>
  /** Takes the records that no parser accepts. */
  openQuarantine(): QuarantineWriter
  /**
   * Takes back what was staged, before the next attempt.
   *
   * @param rereads true if the records in quarantine are taken back, too
   */
  discard(rereads: boolean): Promise<void>
}

/** Loads one batch in this process, see {@link BatchEngine}. */
export class ProcessEngine implements BatchEngine {
  readonly #parts: ReadParts
  readonly #target: StageTarget
  #delivery: Delivery | undefined
  #attempt: Attempt = firstAttempt
  #read: readonly ReadFile[] | undefined

  constructor(parts: ReadParts, target: StageTarget) {
    this.#parts = parts
    this.#target = target
  }

  async read(inputs: Readonly<Record<string, Input>>): Promise<void> {
    this.#delivery = await readDelivery(this.#parts, inputs)
    await this.#createRelations()
    const records = this.#delivery.relations.files.reduce((sum, file) => sum + file.records, 0)
    this.#parts.onProgress('read', countText(records, 'record'))
  }

  /** The quick way first; the exact one if the delivery needs it. */
  async stage(candidates: readonly Candidates[]): Promise<readonly StagedTable[]> {
    for (;;) {
      try {
        await this.#opened().relations.requireUnique()
        const staged = await this.#target.stage(this.#opened(), candidates, this.#attempt.keys)
        this.#read = await this.#opened().relations.balance(this.#attempt.reading)
        return staged
      } catch (error) {
        const next = nextAttempt(this.#attempt, error)
        if (next === undefined) throw await this.#blamed(error, candidates)
        // Another pass over a file that changed would only find out later.
        requireStill(this.#opened().relations.files)
        await this.#startOver(next)
      }
    }
  }

  files(): readonly ReadFile[] {
    if (this.#read === undefined) throw new Error('nothing was staged yet')
    return this.#read
  }

  /** Closes DuckDB. */
  close(): void {
    this.#delivery?.duckdb.close()
  }

  #opened(): Delivery {
    if (this.#delivery === undefined) throw new Error('nothing was read yet')
    return this.#delivery
  }

  async #createRelations(): Promise<void> {
    const writer = this.#target.openQuarantine()
    try {
      await this.#opened().relations.create(this.#attempt.reading, writer)
      await writer.commit()
    } catch (error) {
      await writer.rollback()
      throw illFormed(this.#opened().relations.files, error)
    }
  }

  /** No other way is left: every file was read record by record, or, for JSON and Parquet, was read whole before. */
  #blamed(error: unknown, candidates: readonly Candidates[]): Promise<unknown> {
    const { duckdb, relations } = this.#opened()
    const { selectPath } = this.#parts
    const { names, files } = relations
    return blame({ duckdb, relations: names, files, candidates: parentsFirst(candidates), selectPath }, error)
  }

  async #startOver(next: Attempt): Promise<void> {
    const rereads = next.reading !== this.#attempt.reading
    this.#attempt = next
    this.#parts.onProgress('stage', rereads ? 'again, record by record' : 'again, key by key')
    await this.#target.discard(rereads)
    if (rereads) await this.#createRelations()
  }
}
