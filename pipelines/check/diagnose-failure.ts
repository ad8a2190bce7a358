import {
  DuckDbError,
  type DuckDbErrorCategory,
  forbiddenWords,
  isAboutData,
  isForbidden,
} from '../platform/duckdb-error.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { RefusedError, UsageError } from '../platform/errors.ts'
import type { ScannedFile } from '../read/scan-file.ts'
import { quoteIdent } from '../platform/sql.ts'
import { statementsOf } from '../platform/sql-text.ts'
import type { Candidates } from '../source/transformer.ts'
import { requireStill } from '../landing/files/unchanged.ts'

/** The possible causes of an error. */
export interface DiagnosisOptions {
  readonly duckdb: DuckDB
  /** Names of the relations of the batch. */
  readonly relations: readonly string[]
  readonly files: readonly ScannedFile[]
  /** Parents first, so that `accepted_<table>` exists for a later SELECT, unless an earlier SELECT fails. */
  readonly candidates: readonly Candidates[]
  /** Path of a table's SELECT, for messages. */
  readonly selectPath: (table: string) => string
}

/** Errors that neither a file nor a SELECT causes; an unreadable gzip is handled by `illFormed`. */
const environmental: readonly DuckDbErrorCategory[] = ['memory', 'io', 'gzip', 'interrupt', 'engine']

/** True for a DuckDB error that a file or a SELECT can cause. */
export function isBlamable(error: unknown): error is DuckDbError {
  return error instanceof DuckDbError && !environmental.includes(error.category)
}

/**
 * Finds out whether the files or a SELECT caused the error of the last attempt: reads all values of every relation,
 * then runs every SELECT alone. Each takes a pass over the data, so this is only for a batch that has failed.
 *
 * @returns a RefusedError that names the files of an input, or the SELECT; a UsageError that names a SELECT which uses
 *   something forbidden; otherwise `error`
 * @throws RefusedError if a file changed, which is the most likely cause
 */
export async function blame(options: DiagnosisOptions, error: unknown): Promise<unknown> {
  const { duckdb, relations, files, candidates, selectPath } = options
  if (!isBlamable(error)) return illFormed(files, error)
  // First, because DuckDB reports a file that was removed as forbidden.
  requireStill(files)
  if (isForbidden(error)) return forbidden(options, error)
  for (const relation of relations) {
    const stop = await stopOf(duckdb, quoteIdent(relation))
    if (stop === undefined) continue
    const ofInput = files.filter(({ input }) => input === relation)
    return isBlamable(stop) ? refusal(ofInput, stop) : error
  }
  for (const { table, select } of candidates) {
    const stop = await stopOf(duckdb, `(\n${statementsOf(select).join(';\n')}\n)`)
    if (stop === undefined) continue
    // Another error, such as a missing relation, is not the cause.
    if (!isBlamable(stop) || !(isAboutData(stop) || stop.kind === error.kind)) return error
    return new RefusedError(
      `${selectPath(table)}: this SELECT fails on a value of the delivery (${stop.message}), although every record can be read. ` +
        'Replace x::integer by coalesce(try_cast(x as integer)::varchar, x), and strptime by try_strptime likewise: then the ' +
        'contract gets the delivered value, and the row goes to quarantine.',
    )
  }
  return error
}

/** DuckDB rejects some functions only when they run. */
async function forbidden({ duckdb, candidates, selectPath }: DiagnosisOptions, error: DuckDbError): Promise<unknown> {
  for (const { table, select } of candidates) {
    const stop = await stopOf(duckdb, `(\n${statementsOf(select).join(';\n')}\n)`)
    if (stop instanceof DuckDbError && isForbidden(stop)) {
      return new UsageError(`${selectPath(table)}: this SELECT ${forbiddenWords} (${stop.message}).`)
    }
  }
  return error
}

/**
 * Turns an error about the content of the files into a refusal that names the files.
 *
 * @returns `error` if it is about something else
 * @throws RefusedError if a file changed: then DuckDB can report any error, and the count of records can be wrong
 */
export function illFormed(files: readonly ScannedFile[], error: unknown): unknown {
  if (!(error instanceof DuckDbError || error instanceof RefusedError)) return error
  requireStill(files)
  return isAboutData(error) ? refusal(files, error) : error
}

function refusal(files: readonly ScannedFile[], { message }: Error): RefusedError {
  const names = files.map(({ name }) => name).join(', ')
  return new RefusedError(
    `Expected well-formed records in ${names}, but reading failed (${message}). Correct the files and deliver them again.`,
  )
}

async function stopOf(duckdb: DuckDB, from: string): Promise<unknown> {
  try {
    // Hashing makes DuckDB read every value.
    await duckdb.rows(`select bit_xor(hash(columns(*))) from ${from}`)
    return undefined
  } catch (error) {
    return error
  }
}
