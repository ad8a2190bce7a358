import type { Input } from './inputs.ts'

/** What a delivery of a table means: newest per key wins, the delivery is the whole list, or the first of a key wins. */
export type Delivery = 'upsert' | 'full' | 'insert_only'

/** On which days a source delivers; decides what counts as missing. */
export type Schedule = 'daily' | 'weekdays' | 'weekly' | 'irregular'

/** One table of a batch on its way: a SELECT over the batch's relations, and where its rows went. */
export interface StagedTable {
  readonly table: string
  /** Name of the staged leaf; undefined where no row was loaded. */
  readonly leaf: string | undefined
  /** Rows the SELECT gave. */
  readonly candidates: number
  readonly loaded: number
  readonly quarantined: number
  /** Rows removed by a named rule. */
  readonly removed: Readonly<Record<string, number>>
}

/** One delivered file as the ledger keeps it. */
export interface ReadFile {
  readonly input: string
  /** Path under the landing root. */
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  /** Records, counted independently of the parser that read them. */
  readonly records: number
}

/** What the engine can do for one batch. Its steps stand in the order of {@link Transformer.load}. */
export interface BatchEngine {
  /** Lists, hashes and counts the landing files and makes one relation of text per input. */
  read(inputs: Readonly<Record<string, Input>>): Promise<readonly ReadFile[]>
  /** Wraps a SELECT with the contract of its table. */
  check(table: string, select: string): Promise<CheckedTable>
  /** Copies the accepted rows into new leaves, tables in parallel. */
  stage(tables: readonly CheckedTable[]): Promise<readonly StagedTable[]>
  /** Compares what the files held with what was read of them. */
  balance(): Promise<void>
}

/** A table whose rows will be checked while they stream. */
export interface CheckedTable {
  readonly table: string
}

/** Everything that was read and staged for a batch; nothing of it is published yet. */
export interface LoadedBatch {
  readonly files: readonly ReadFile[]
  readonly tables: readonly StagedTable[]
}

/**
 * A transformer turns the raw files of one shape into canonical tables. A subclass declares its files and its tables and
 * puts one SELECT per table beside it, `<table>.sql`, in DuckDB's dialect, over relations named like the inputs. Every
 * relation and every SELECT has `file_no` and `record_no`; everything else is text.
 *
 * @example
 * ```ts
 * import { csv, Transformer } from 'caseload'
 *
 * export class Vitals extends Transformer {
 *   override readonly inputs = { readings: csv({ files: ['vitals_*.csv'], columns: ['patient', 'at', 'pulse'] }) }
 *   override readonly tables = ['measurements']
 *   override readonly zone = 'Europe/Amsterdam'
 * }
 * ```
 */
export abstract class Transformer {
  /** The relations its SELECTs read, and the files behind each. */
  abstract readonly inputs: Readonly<Record<string, Input>>
  /** The canonical tables it fills, parents before children. */
  abstract readonly tables: readonly string[]
  /** IANA zone of delivered times that carry no offset. */
  readonly zone: string = 'UTC'
  /** Tables whose delivery is not `upsert`. */
  readonly delivery: Readonly<Record<string, Delivery>> = {}
  /** On which days deliveries are expected. */
  readonly schedule: Schedule = 'daily'

  /**
   * The flow of every batch: read, transform, check, stage. The caller audits and publishes what this gives.
   *
   * @param engine does the work for one batch
   * @param sql gives the SELECT of a table
   * @throws RefusedError and others of `CaseloadError`; nothing staged is visible to readers then
   */
  async load(engine: BatchEngine, sql: (table: string) => string): Promise<LoadedBatch> {
    const files = await engine.read(this.inputs)
    const candidates = this.tables.map(table => ({ table, select: sql(table) }))
    const checked = await Promise.all(candidates.map(({ table, select }) => engine.check(table, select)))
    const tables = await engine.stage(checked)
    await engine.balance()
    return { files, tables }
  }
}
