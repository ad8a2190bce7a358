import type { DuckDB } from '../platform/duckdb.ts'
import type { Input } from '../source/inputs.ts'
import { relateCsv } from './create-relation-csv.ts'
import { relateJson } from './create-relation-json.ts'
import { requireInputNames } from '../source/input-names.ts'
import type { OnReject } from './rejected-record.ts'
import type { ScannedFile } from './scan-file.ts'

export type { OnReject, RejectedRecord, RejectRule } from './rejected-record.ts'

/** What making one relation needs. */
export interface RelateParts {
  readonly duckdb: DuckDB
  /** Name of the relation, and of the input. */
  readonly name: string
  readonly input: Input
  /** The input's files; none of an optional input that was not delivered. */
  readonly files: readonly ScannedFile[]
  /** Number of the first file; default 1. A batch numbers all its files, so that a number alone says which file it is. */
  readonly firstFileNo?: number
  /** A private folder (mode 0700) in which DuckDB may read. */
  readonly workFolder: string
  /**
   * `direct`: DuckDB reads the delivered files, as long as they are regular; what breaks a record may show only while its
   * rows stream. `normalised`: from clean copies, which no record can break.
   */
  readonly how: 'direct' | 'normalised'
  readonly onReject: OnReject
}

/**
 * Makes the relation of one input in DuckDB: file_no, record_no (from 1), then the declared columns or fields, every
 * scalar as text. It replaces one of the same name, so that a batch whose direct reading broke can be read again.
 *
 * Every record that the scan counted is either in the relation or was given to `onReject`, or reading fails.
 *
 * @throws UsageError if a SELECT could not tell the relation or its columns from others
 * @throws RefusedError for a wrong header, or a field that the source neither declares nor ignores
 * @throws MissingInputError if a declared trailer is not there
 * @throws DuckDbError if DuckDB fails; for a CSV read directly that can also come later, from a statement over the relation
 */
export async function relate(parts: RelateParts): Promise<void> {
  const { input, name } = parts
  requireInputNames({ [name]: input })
  if (input.format === 'json') await relateJson(parts, input)
  else await relateCsv(parts, input)
}
