import { contractFor } from '../contract/tables/contracts.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { UsageError } from '../platform/errors.ts'
import type { Input } from '../source/inputs.ts'
import type { RejectedRow } from '../ledger/quarantine-row.ts'
import { relate, type RejectedRecord } from './create-relation.ts'
import type { ScannedFile } from './scan-file.ts'
import { quoteIdent } from '../platform/sql.ts'
import type { ReadFile } from '../source/transformer.ts'
import { type Attempt, ImbalanceError } from './load-strategy.ts'

interface BatchFile {
  readonly scanned: ScannedFile
  /** From 1, over all files of the batch: a row's file_no says which one, whatever its SELECT reads. */
  readonly fileNo: number
  /** Highest record seen, as rows streamed by. */
  seen: number
  /** Records that went to quarantine whole. */
  rejected: number
}

/** What relating needs besides the files. */
export interface RelationParts {
  readonly duckdb: DuckDB
  /** Private folder on a disk. */
  readonly workFolder: string
  /** True if a record that no parser takes is kept without its text. */
  readonly masks: boolean
}

/** The relations of one batch, one per input, and how many records of each file came by. */
export class BatchRelations {
  readonly #parts: RelationParts
  readonly #inputs: Readonly<Record<string, Input>>
  readonly #files: readonly BatchFile[]

  /** @param files all scanned files of the batch, those of one input together and in their order */
  constructor(parts: RelationParts, inputs: Readonly<Record<string, Input>>, files: readonly ScannedFile[]) {
    this.#parts = parts
    this.#inputs = inputs
    this.#files = files.map((scanned, index) => ({ scanned, fileNo: index + 1, seen: 0, rejected: 0 }))
  }

  get names(): readonly string[] {
    return Object.keys(this.#inputs)
  }

  get files(): readonly ScannedFile[] {
    return this.#files.map(({ scanned }) => scanned)
  }

  /** Makes all relations, anew if they are there, and writes records that are none to the quarantine. */
  async relate(
    how: Attempt['reading'],
    quarantine: { write(rows: readonly RejectedRow[]): Promise<void> },
  ): Promise<void> {
    const { duckdb, workFolder } = this.#parts
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
      await relate({ duckdb, name, input, files, firstFileNo, workFolder, how, onReject })
    }
  }

  /**
   * False if all files behind a table are optional ones that did not come: then the batch says nothing of that table,
   * which is not the same as an empty list where a delivery is the whole list.
   *
   * @param reads names of the relations behind it
   */
  isDelivered(reads: readonly string[]): boolean {
    return reads.length === 0 || reads.some(name => this.#filesOf(name).length > 0)
  }

  /** Path under the landing root of the file with a row's file_no. */
  fileName(fileNo: number): string {
    return this.#file(fileNo).scanned.name
  }

  /** Notes that records of a file up to this one came by. */
  noteRecord(fileNo: number, recordNo: number): void {
    const file = this.#file(fileNo)
    if (file.seen < recordNo) file.seen = recordNo
  }

  /**
   * Every record of every file was read or rejected; counted anew where the rows that streamed by do not show it.
   *
   * @throws ImbalanceError naming the file and both numbers
   */
  async balance(how: Attempt['reading']): Promise<readonly ReadFile[]> {
    const isShown = ({ scanned, seen, rejected }: BatchFile): boolean =>
      how === 'direct' && !scanned.irregular && rejected === 0 && seen === scanned.records
    const uncertain = new Set(this.#files.filter(file => !isShown(file)).map(({ scanned }) => scanned.input))
    const counted = new Map<number, number>()
    for (const input of uncertain) await this.#count(input, counted)
    return this.#files.map(file => {
      const { scanned, fileNo, rejected } = file
      const { records, name } = scanned
      const found = isShown(file) ? records : (counted.get(fileNo) ?? 0) + rejected
      if (found !== records) {
        throw new ImbalanceError(
          `Expected ${records} records of ${name} to be read, ${found} were. The file is not well formed.`,
        )
      }
      return { ...scanned, quarantined: rejected }
    })
  }

  #filesOf(input: string): readonly BatchFile[] {
    return this.#files.filter(({ scanned }) => scanned.input === input)
  }

  #file(fileNo: number): BatchFile {
    const file = this.#files[fileNo - 1]
    if (file === undefined) {
      throw new UsageError(`A SELECT yields file_no ${fileNo}, and the batch has ${this.#files.length} files.`)
    }
    return file
  }

  #rejectedRow(input: string, { scanned }: BatchFile, { recordNo, rule, reason, row }: RejectedRecord): RejectedRow {
    // A relation may be named like the table that is made of it.
    const table = contractFor(input) !== undefined ? `${input} (input)` : input
    const kept = this.#parts.masks ? null : row
    return { table, file: scanned.name, record: recordNo, column: null, rule, reason, row: kept, dropped: false }
  }

  /** Counts the records of every file of an input in one pass: a pass for each file took the square of their number. */
  async #count(relation: string, counted: Map<number, number>): Promise<void> {
    const rows = await this.#parts.duckdb.rows(
      `select file_no, count(*) as records from ${quoteIdent(relation)} group by file_no`,
    )
    for (const row of rows) counted.set(Number(row['file_no']), Number(row['records']))
  }
}
