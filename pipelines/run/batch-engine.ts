import pLimit from 'p-limit'
import type { Batch } from '../source/batch.ts'
import { requireListed } from '../landing/delivery/complete.ts'
import type { ContractColumn } from '../contract/contract.ts'
import { doubtRefusal, doubtRule } from '../check/doubtful-times.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { RefusedError } from '../platform/errors.ts'
import type { Input } from '../source/inputs.ts'
import type { LocalDelivery } from '../landing/files/landed-file.ts'
import { mayDeliverNothing } from '../audit/lost-rows.ts'
import type { ShownColumn } from '../contract/mask/mask.ts'
import type { Session } from '../platform/postgres.ts'
import { quarantineWriter } from '../stage/quarantine-writer.ts'
import { batchRelation, requireInputNames } from '../source/input-names.ts'
import { requireStill } from '../landing/files/unchanged.ts'
import { quoteConstant } from '../platform/sql.ts'
import type { BatchEngine, Candidates, ReadFile, StagedTable, Transformer } from '../source/transformer.ts'
import { compareZone, engineClock, serverClock } from '../check/zones/compare-rules.ts'
import type { ZoneDifference } from '../check/zones/differences.ts'
import { type Attempt, firstAttempt, nextAttempt } from '../read/load-strategy.ts'
import { blame, illFormed } from '../check/diagnose-failure.ts'
import { type CheckedTable, checkTables, naming, parentsFirst } from '../check/check-tables.ts'
import { furtherIndexes } from '../check/further-indexes.ts'
import { rejectedRow } from '../stage/rejected-row.ts'
import { BatchRelations } from '../read/relations.ts'
import type { RowMeter } from '../stage/row-meter.ts'
import { scanFiles } from '../read/scan-files.ts'
import { type RejectedCandidate, stageTable } from '../stage/stage-table.ts'

/** What a batch is worked on with. */
export interface EngineParts {
  readonly batch: Batch
  readonly runId: string
  /** The files to read; the engine lists no folder. */
  readonly delivery: LocalDelivery
  /** What the source declares. */
  readonly declared: Transformer
  /** Path of a table's SELECT as its author knows it. */
  readonly selectPath: (table: string) => string
  /** Private folder on a disk. */
  readonly workFolder: string
  /** What may be stored of a column; records that no parser takes are stored without their text if `masks` is true. */
  readonly mask: (column: ContractColumn) => ShownColumn
  readonly masks: boolean
  /** Opens DuckDB, allowed to read exactly these paths. */
  readonly openDuckDB: (allowedPaths: readonly string[]) => Promise<DuckDB>
  /** What is known of zones of which the engine's and the server's rules were compared, by the zone. */
  readonly comparedZones?: Map<string, readonly ZoneDifference[]>
  /** Opens one more session on the target. */
  readonly openSession: () => Promise<Session>
  /** Told the stage and how far it is. */
  readonly onProgress: (stage: 'read' | 'stage', detail: string) => void
  /** Counts the rows that are copied. */
  readonly meter: RowMeter
}

/** Tables copied at once; each costs a server process and a stream of DuckDB. */
const parallelTables = 4

/** Works on one batch in this process, see {@link BatchEngine}. */
export class ProcessEngine implements BatchEngine {
  readonly #parts: EngineParts
  #work: { readonly duckdb: DuckDB; readonly relations: BatchRelations } | undefined
  #attempt: Attempt = firstAttempt
  #read: readonly ReadFile[] | undefined

  constructor(parts: EngineParts) {
    this.#parts = parts
  }

  async read(inputs: Readonly<Record<string, Input>>): Promise<void> {
    requireInputNames(inputs)
    const { delivery, batch, declared, onProgress } = this.#parts
    const { files, manifest } = delivery
    onProgress('read', `${files.length} ${files.length === 1 ? 'file' : 'files'}`)
    const scanned = await scanFiles(files, inputs, mayDeliverNothing(declared) ? 'allow' : 'refuse')
    requireListed(manifest, scanned)
    const records = scanned.reduce((sum, file) => sum + file.records, 0)
    if (records === 0 && !mayDeliverNothing(declared)) {
      const where = scanned.length === 0 ? 'the delivery, which has no file' : scanned.map(file => file.name).join(', ')
      throw new RefusedError(
        `Expected records, found none in ${where}. A source whose deliveries may be empty declares empty = 'allow'.`,
      )
    }
    const duckdb = await this.#parts.openDuckDB(scanned.map(file => file.path))
    await duckdb.run(batchSql(batch, declared.zone))
    const { workFolder, masks } = this.#parts
    this.#work = { duckdb, relations: new BatchRelations({ duckdb, workFolder, masks }, inputs, scanned) }
    await this.#relate()
    onProgress('read', `${records} records`)
  }

  /** The quick way first; the exact one where the delivery turns out to need it. */
  async stage(candidates: readonly Candidates[]): Promise<readonly StagedTable[]> {
    for (;;) {
      try {
        const staged = await this.#stageOnce(candidates)
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
    this.#work?.duckdb.close()
  }

  #opened(): { readonly duckdb: DuckDB; readonly relations: BatchRelations } {
    if (this.#work === undefined) throw new Error('nothing was read yet')
    return this.#work
  }

  async #relate(): Promise<void> {
    const writer = quarantineWriter(this.#parts.openSession, this.#parts.runId)
    try {
      await this.#opened().relations.relate(this.#attempt.reading, writer)
      await writer.commit()
    } catch (error) {
      await writer.rollback()
      throw illFormed(this.#opened().relations.files, error)
    }
  }

  async #stageOnce(candidates: readonly Candidates[]): Promise<readonly StagedTable[]> {
    const { batch, declared, mask, meter, selectPath } = this.#parts
    const { duckdb, relations } = this.#opened()
    meter.start()
    const indexes = await furtherIndexes(this.#parts.openSession)
    const checked = await checkTables(
      {
        duckdb,
        batch,
        declared,
        relations: relations.names,
        isDelivered: reads => relations.isDelivered(reads),
        mayHoldNul: relations.files.some(file => file.mayHoldNul),
        mayHoldControl: relations.files.some(file => file.mayHoldControl),
        mayHoldNonAscii: relations.files.some(file => file.mayHoldNonAscii),
        indexes,
        mask,
        keys: this.#attempt.keys,
        compareZone: zone => this.#compareZone(zone),
        selectPath,
      },
      candidates,
    )
    const writer = quarantineWriter(this.#parts.openSession, this.#parts.runId)
    const stop = new AbortController()
    const limit = pLimit(parallelTables)
    const staging = checked.map(table =>
      limit(() => naming(selectPath(table.contract.table), () => this.#stageOne(table, writer, stop.signal))).catch(
        (error: unknown) => {
          stop.abort(error)
          throw error
        },
      ),
    )
    // All of them end before anything is decided: a leaf that is committed later would be left over.
    await Promise.allSettled(staging)
    meter.end()
    try {
      stop.signal.throwIfAborted()
      const staged = await Promise.all(staging)
      await writer.commit()
      return staged
    } catch (error) {
      await writer.rollback()
      throw error
    }
  }

  async #stageOne(
    table: CheckedTable,
    writer: ReturnType<typeof quarantineWriter>,
    signal: AbortSignal,
  ): Promise<StagedTable> {
    signal.throwIfAborted()
    const { duckdb, relations } = this.#opened()
    const session = await this.#parts.openSession()
    try {
      const staged = await stageTable(duckdb, session, {
        batch: this.#parts.batch,
        runId: this.#parts.runId,
        table: table.contract.table,
        checked: table.select,
        signal,
        onRejected: rows => {
          this.#requireSettled(table, rows)
          return writer.write(rows.map(row => rejectedRow(table, row, relations.fileName(row.fileNo))))
        },
        onCopied: rows => {
          this.#parts.meter.add(rows)
        },
        onRecord: (fileNo, recordNo) => {
          relations.noteRecord(fileNo, recordNo)
        },
      })
      this.#parts.onProgress('stage', `${staged.table} ${staged.loaded} rows`)
      return staged
    } finally {
      await session.end().catch(() => undefined)
    }
  }

  /** Takes 0.1 s a zone, once a process: a backfill asks for its first batch. */
  async #compareZone(zone: string): Promise<readonly ZoneDifference[]> {
    const { comparedZones, openSession } = this.#parts
    const known = comparedZones?.get(zone)
    if (known !== undefined) return known
    if (zone === 'UTC') return []
    const session = await openSession()
    try {
      const found = await compareZone(zone, engineClock(this.#opened().duckdb), serverClock(session))
      comparedZones?.set(zone, found)
      return found
    } finally {
      await session.end().catch(() => undefined)
    }
  }

  /** @throws UsageError if a row holds a time that the engine and the server place differently */
  #requireSettled({ contract, select, doubts }: CheckedTable, rows: readonly RejectedCandidate[]): void {
    const { batch } = this.#parts
    const found = rows.map(row => select.rules[row.rule]).find(rule => rule?.rule === doubtRule)
    if (found !== undefined) throw doubtRefusal(`${contract.table}.${String(found.column)}`, doubts, batch.date)
  }

  /** Nothing is left to try: every file was read record by record, or, where it is JSON or Parquet, whole before. */
  #blamed(error: unknown, candidates: readonly Candidates[]): Promise<unknown> {
    const { duckdb, relations } = this.#opened()
    const { selectPath } = this.#parts
    const { names, files } = relations
    return blame({ duckdb, relations: names, files, candidates: parentsFirst(candidates), selectPath }, error)
  }

  async #startOver(next: Attempt): Promise<void> {
    const { runId, onProgress, openSession } = this.#parts
    const rereads = next.reading !== this.#attempt.reading
    this.#attempt = next
    onProgress('stage', rereads ? 'again, record by record' : 'again, key by key')
    const session = await openSession()
    try {
      await session.query('select caseload.discard_stage($1)', [runId])
      if (rereads) await session.query('delete from caseload.quarantine_rows where run_id = $1', [runId])
    } finally {
      await session.end()
    }
    if (rereads) await this.#relate()
  }
}

/** DuckDB statement that makes the relation `batch`: what a SELECT may know of the delivery besides its files. */
function batchSql({ source, date }: Batch, zone: string): string {
  const columns = [
    `${quoteConstant(source)} as source`,
    `${quoteConstant(date)} as batch_date`,
    `${quoteConstant(zone)} as zone`,
  ]
  return `create view ${batchRelation} as select ${columns.join(', ')}`
}
