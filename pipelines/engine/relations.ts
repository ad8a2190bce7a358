import { canonical } from '../contract/canonical.ts'
import type { DuckDB } from '../duckdb.ts'
import type { Input } from '../inputs.ts'
import type { QuarantineWriter } from '../quarantine/writer.ts'
import { relate, type RejectedRecord } from '../read/relate.ts'
import type { ScannedFile } from '../read/scan-file.ts'
import { quoteIdent } from '../sql.ts'
import type { ReadFile } from '../transformer.ts'
import { type Attempt, ImbalanceError } from './attempt.ts'

interface Relation {
  readonly input: Input
  readonly files: readonly ScannedFile[]
  /** Highest record seen of each file, as rows streamed by. */
  readonly seen: number[]
  /** Records of each file that went to quarantine whole. */
  readonly rejected: number[]
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
  readonly #relations: ReadonlyMap<string, Relation>

  /** @param files all scanned files of the batch */
  constructor(parts: RelationParts, inputs: Readonly<Record<string, Input>>, files: readonly ScannedFile[]) {
    this.#parts = parts
    this.#relations = new Map(
      Object.entries(inputs).map(([name, input]) => {
        const own = files.filter(file => file.input === name)
        return [name, { input, files: own, seen: own.map(() => 0), rejected: own.map(() => 0) }]
      }),
    )
  }

  get names(): readonly string[] {
    return [...this.#relations.keys()]
  }

  get files(): readonly ScannedFile[] {
    return [...this.#relations.values()].flatMap(({ files }) => files)
  }

  /** Makes all relations, anew if they are there, and writes records that are none to the quarantine. */
  async relate(how: Attempt['reading'], writer: QuarantineWriter): Promise<void> {
    const { duckdb, workFolder } = this.#parts
    for (const [name, relation] of this.#relations) {
      const { input, files, rejected } = relation
      rejected.fill(0)
      const onReject = async (record: RejectedRecord): Promise<void> => {
        rejected[record.fileNo - 1] = (rejected[record.fileNo - 1] ?? 0) + 1
        await writer.write([this.#rejectedRow(name, relation, record)])
      }
      await relate({ duckdb, name, input, files, workFolder, how, onReject })
    }
  }

  /**
   * False if all files behind a table are optional ones that did not come: then the batch says nothing of that table,
   * which is not the same as an empty list where a delivery is the whole list.
   *
   * @param reads names of the relations behind it
   */
  isDelivered(reads: readonly string[]): boolean {
    return reads.length === 0 || reads.some(name => (this.#relations.get(name)?.files.length ?? 0) > 0)
  }

  /** Name of a file by its number; undefined if a SELECT reads several relations, so that a number says no name. */
  fileName(reads: readonly string[], fileNo: number): string | undefined {
    return this.#only(reads)?.files[fileNo - 1]?.name
  }

  /** Notes that records of a file up to this one came by. */
  noteRecord(reads: readonly string[], fileNo: number, recordNo: number): void {
    const seen = this.#only(reads)?.seen
    if (seen !== undefined && (seen[fileNo - 1] ?? 0) < recordNo) seen[fileNo - 1] = recordNo
  }

  /**
   * Every record of every file was read or rejected; counted anew where the rows that streamed by do not show it.
   *
   * @throws ImbalanceError naming the file and both numbers
   */
  async balance(how: Attempt['reading']): Promise<readonly ReadFile[]> {
    const read: ReadFile[] = []
    for (const [name, { files, seen, rejected }] of this.#relations) {
      for (const [index, file] of files.entries()) {
        const quarantined = rejected[index] ?? 0
        const shown = how === 'direct' && !file.irregular && quarantined === 0 && seen[index] === file.records
        const found = shown ? file.records : (await this.#count(name, index + 1)) + quarantined
        if (found !== file.records) {
          throw new ImbalanceError(
            `Expected ${file.records} records of ${file.name} to be read, ${found} were. The file is not well formed.`,
          )
        }
        read.push({ ...file, quarantined })
      }
    }
    return read
  }

  #only(reads: readonly string[]): Relation | undefined {
    return reads.length === 1 ? this.#relations.get(reads[0] ?? '') : undefined
  }

  #rejectedRow(
    input: string,
    { files }: Relation,
    { fileNo, recordNo, rule, reason, row }: RejectedRecord,
  ): Parameters<QuarantineWriter['write']>[0][number] {
    const file = files[fileNo - 1]?.name ?? `file ${fileNo}`
    // A relation may be named like the table that is made of it.
    const table = canonical.some(contract => contract.table === input) ? `${input} (input)` : input
    return { table, file, record: recordNo, column: null, rule, reason, row: this.#parts.masks ? null : row }
  }

  async #count(relation: string, fileNo: number): Promise<number> {
    const { duckdb } = this.#parts
    const rows = await duckdb.rows(`select count(*) as n from ${quoteIdent(relation)} where file_no = ${fileNo}`)
    return Number(rows[0]?.['n'])
  }
}
