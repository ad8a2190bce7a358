import { contractFor } from '../contract/tables/contracts.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { UsageError } from '../platform/errors.ts'
import type { Input } from '../source/inputs.ts'
import type { RejectedRow } from '../ledger/quarantine-row.ts'
import { createRelation } from './create-relation.ts'
import type { RejectedRecord } from './rejected-record.ts'
import { requireUnique } from './require-unique.ts'
import type { ScannedFile } from './scan-file.ts'
import { quoteIdent } from '../platform/sql.ts'
import type { ReadFile } from '../source/transformer.ts'
import { type Attempt, ImbalanceError } from './load-strategy.ts'

interface BatchFile {
  readonly scanned: ScannedFile
  /** From 1, unique in the batch: a row's `file_no` identifies the file, whatever its SELECT reads. */
  readonly fileNo: number
  /** Highest record number among the streamed rows. */
  seen: number
  /** Number of records that went to quarantine. */
  rejected: number
  /** Number of records that were removed because they consist of separators alone. */
  emptyRows: number
  /** Fields that the source neither declares nor ignores. */
  unknown: readonly string[]
}

/** What {@link BatchRelations} needs besides the files. */
export interface BatchRelationsOptions {
  readonly duckdb: DuckDB
  /** Private folder on disk. */
  readonly workFolder: string
  /** True if quarantine must not keep the text of a record that cannot be parsed. */
  readonly masks: boolean
}

/** The relations of one batch, one per input, and the number of records read from each file. */
export class BatchRelations {
  readonly #options: BatchRelationsOptions
  readonly #inputs: Readonly<Record<string, Input>>
  readonly #files: readonly BatchFile[]

  /** @param files all scanned files of the batch; the files of one input are adjacent and in their order */
  constructor(options: BatchRelationsOptions, inputs: Readonly<Record<string, Input>>, files: readonly ScannedFile[]) {
    this.#options = options
    this.#inputs = inputs
    this.#files = files.map((scanned, index) => ({
      scanned,
      fileNo: index + 1,
      seen: 0,
      rejected: 0,
      emptyRows: 0,
      unknown: [],
    }))
  }

  get names(): readonly string[] {
    return Object.keys(this.#inputs)
  }

  get files(): readonly ScannedFile[] {
    return this.#files.map(({ scanned }) => scanned)
  }

  /** Creates or replaces all relations, and writes rejected records to quarantine. */
  async create(
    how: Attempt['reading'],
    quarantine: { write(rows: readonly RejectedRow[]): Promise<void> },
  ): Promise<void> {
    const { duckdb, workFolder } = this.#options
    for (const file of this.#files) file.rejected = 0
    for (const [name, input] of Object.entries(this.#inputs)) {
      const own = this.#filesOf(name)
      const onReject = async (record: RejectedRecord): Promise<void> => {
        const file = this.#file(record.fileNo)
        file.rejected++
        await quarantine.write([this.#rejectedRow(name, file, record)])
      }
      const files = own.map(({ scanned }) => scanned)
      const firstFileNo = own[0]?.fileNo ?? 1
      const parts = { duckdb, name, input, files, firstFileNo, workFolder, how, onReject }
      for (const [fileNo, { emptyRows, unknown }] of await createRelation(parts)) {
        Object.assign(this.#file(fileNo), { emptyRows, unknown })
      }
    }
  }

  /**
   * Checks what inputs declare as `unique`.
   *
   * @throws RefusedError if two records have the same values
   */
  async requireUnique(): Promise<void> {
    for (const [name, { unique }] of Object.entries(this.#inputs)) {
      if (unique === undefined || this.#filesOf(name).length === 0) continue
      await requireUnique(this.#options.duckdb, { name, unique, fileName: fileNo => this.fileName(fileNo) })
    }
  }

  /**
   * False if all files of a table are optional and were not delivered: then the batch does not contain the table. For a
   * full list that is different from an empty table. Static files, which no delivery brings, count for a table of nothing else.
   *
   * @param reads names of the relations that the table's SELECT reads
   */
  isDelivered(reads: readonly string[]): boolean {
    const delivered = reads.filter(name => this.#inputs[name]?.static !== true)
    const deciding = delivered.length === 0 ? reads : delivered
    return reads.length === 0 || deciding.some(name => this.#filesOf(name).length > 0)
  }

  /** Number of records of some relations that were removed because they consist of separators alone. */
  emptyRows(reads: readonly string[]): number {
    return this.#files.reduce((sum, file) => sum + (reads.includes(file.scanned.input) ? file.emptyRows : 0), 0)
  }

  /** Path of a file under the landing root. */
  fileName(fileNo: number): string {
    return this.#file(fileNo).scanned.name
  }

  /** Notes that the records of a file up to this number were read. */
  noteRecord(fileNo: number, recordNo: number): void {
    const file = this.#file(fileNo)
    if (file.seen < recordNo) file.seen = recordNo
  }

  /**
   * Checks that every record of every file was read, rejected or removed as an empty row. Counts the records again if the streamed rows do not
   * show it.
   *
   * @throws ImbalanceError with the file and both numbers
   */
  async balance(how: Attempt['reading']): Promise<readonly ReadFile[]> {
    const isShown = ({ scanned, seen, rejected }: BatchFile): boolean =>
      how === 'direct' && !scanned.irregular && rejected === 0 && seen === scanned.records
    const uncertain = new Set(this.#files.filter(file => !isShown(file)).map(({ scanned }) => scanned.input))
    const counted = new Map<number, number>()
    for (const input of uncertain) await this.#count(input, counted)
    return this.#files.map(file => {
      const { scanned, fileNo, rejected, emptyRows, unknown } = file
      const { records, name } = scanned
      const found = isShown(file) ? records : (counted.get(fileNo) ?? 0) + rejected + emptyRows
      if (found !== records) {
        throw new ImbalanceError(
          `Expected to read ${records} records of ${name}, read ${found}. The file is not well formed.`,
        )
      }
      return { ...scanned, quarantined: rejected, emptyRows, unknown }
    })
  }

  #filesOf(input: string): readonly BatchFile[] {
    return this.#files.filter(({ scanned }) => scanned.input === input)
  }

  #file(fileNo: number): BatchFile {
    const file = this.#files[fileNo - 1]
    if (file === undefined) {
      const count = this.#files.length
      throw new UsageError(
        `A SELECT yields file_no ${fileNo}, but the batch has ${count} file${count === 1 ? '' : 's'}. Yield the file_no of ` +
          'the relation that the SELECT reads.',
      )
    }
    return file
  }

  #rejectedRow(input: string, { scanned }: BatchFile, { recordNo, rule, reason, row }: RejectedRecord): RejectedRow {
    // A relation can have the same name as the table that is loaded from it.
    const table = contractFor(input) !== undefined ? `${input} (input)` : input
    const kept = this.#options.masks ? null : row
    return { table, file: scanned.name, record: recordNo, column: null, rule, reason, row: kept, dropped: false }
  }

  /** Counts the records of every file of an input in one pass: one pass per file took quadratic time. */
  async #count(relation: string, counted: Map<number, number>): Promise<void> {
    const rows = await this.#options.duckdb.rows(
      `select file_no, count(*) as records from ${quoteIdent(relation)} group by file_no`,
    )
    for (const row of rows) counted.set(Number(row['file_no']), Number(row['records']))
  }
}
