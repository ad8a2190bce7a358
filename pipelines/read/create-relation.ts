import type { DuckDB } from '../platform/duckdb.ts'
import type { Input } from '../source/inputs.ts'
import { createRelationCsv } from './create-relation-csv.ts'
import { createRelationJson } from './create-relation-json.ts'
import { requireInputNames } from '../source/input-names.ts'
import type { OnReject } from './rejected-record.ts'
import type { ScannedFile } from './scan-file.ts'

/** What {@link createRelation} needs. */
export interface CreateRelationOptions {
  readonly duckdb: DuckDB
  /** Name of the relation, and of the input. */
  readonly name: string
  readonly input: Input
  /** The input's files; empty for an optional input that was not delivered. */
  readonly files: readonly ScannedFile[]
  /** Number of the first file; default 1. File numbers are unique in a batch. */
  readonly firstFileNo?: number
  /** A private folder (mode 0700) in which DuckDB may read. */
  readonly workFolder: string
  /**
   * `direct`: DuckDB reads the delivered files if they are regular; an error in a record may occur only when the rows
   * are streamed. `normalised`: DuckDB reads normalised copies, in which no record causes an error.
   */
  readonly how: 'direct' | 'normalised'
  readonly onReject: OnReject
}

/** What reading found in a file besides its rows. */
export interface FileFindings {
  /** Fields that the source neither declares nor ignores, as a message shows them, if its input says `unknown: 'warn'`. */
  readonly unknown: readonly string[]
  /** Records that were removed because they consist of separators alone. */
  readonly emptyRows: number
}

/** By file number; a file in which nothing was found may be missing. */
export type FindingsByFile = ReadonlyMap<number, FileFindings>

/**
 * Creates the relation of one input in DuckDB: file_no, record_no (from 1), then the declared columns or fields, every
 * scalar as text. It replaces a relation of the same name, so that a second attempt can read the batch again.
 *
 * Every record that the scan counted is in the relation, goes to `onReject` or counts as an empty row; otherwise reading
 * fails.
 *
 * @throws UsageError if the name of the relation or of a column is ambiguous in a SELECT
 * @throws RefusedError for a wrong header, or a field that the source neither declares nor ignores
 * @throws MissingInputError if a declared trailer is missing
 * @throws DuckDbError if DuckDB fails; for CSV read directly, a later statement over the relation can throw it, too
 */
export async function createRelation(options: CreateRelationOptions): Promise<FindingsByFile> {
  const { input, name } = options
  requireInputNames({ [name]: input })
  return input.format === 'json' ? createRelationJson(options, input) : createRelationCsv(options, input)
}
