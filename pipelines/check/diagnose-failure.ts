import { DuckDbError, forbiddenWords, isAboutData, isForbidden } from '../platform/duckdb-error.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { RefusedError, UsageError } from '../platform/errors.ts'
import type { ScannedFile } from '../read/scan-file.ts'
import { quoteIdent } from '../platform/sql.ts'
import { statementsOf } from '../platform/sql-text.ts'
import type { Candidates } from '../source/transformer.ts'
import { requireStill } from '../landing/files/unchanged.ts'

/** What may be to blame for an error. */
export interface DiagnosisOptions {
  readonly duckdb: DuckDB
  /** Names of the relations there are. */
  readonly relations: readonly string[]
  readonly files: readonly ScannedFile[]
  /** Parents first; what they read through `accepted_<table>` is there, as far as no earlier one stops. */
  readonly candidates: readonly Candidates[]
  /** Path of a table's SELECT as its author knows it. */
  readonly selectPath: (table: string) => string
}

/** These say nothing of a file or a SELECT. */
const ofSurroundings: readonly string[] = ['Out of Memory', 'IO', 'INTERRUPT', 'Interrupt', 'INTERNAL', 'FATAL']

/** True for an error of DuckDB's that a file or a SELECT can be the reason of. */
export function isBlamable(error: unknown): error is DuckDbError {
  return error instanceof DuckDbError && !ofSurroundings.includes(error.kind)
}

/**
 * Says of an error that stopped the last attempt whether the files or a SELECT are to blame: reads all values of every
 * relation, and then runs every SELECT for itself. A pass over the data for each, and so only for a batch that has failed.
 *
 * @returns a RefusedError that names the files of an input, or the SELECT; a UsageError that names a SELECT which asks for
 *   what it may not have; the error itself, where neither is to blame
 * @throws RefusedError if a file changed, which is the likeliest reason
 */
export async function blame(options: DiagnosisOptions, error: unknown): Promise<unknown> {
  const { duckdb, relations, files, candidates, selectPath } = options
  if (!isBlamable(error)) return illFormed(files, error)
  // First of all: DuckDB calls a file that has gone forbidden, too.
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
    // Something else, such as a relation that was not made any more, is no reason for what happened.
    if (!isBlamable(stop) || !(isAboutData(stop) || stop.kind === error.kind)) return error
    return new RefusedError(
      `${selectPath(table)}: this SELECT stops at a value of the delivery (${stop.message}); every record of it can be read. ` +
        'Write try_cast(x as integer) for x::integer and try_strptime for strptime, with coalesce(..., x) around it: then such ' +
        'a value reaches its contract as delivered, and its row goes to quarantine.',
    )
  }
  return error
}

/** Some functions say only when they run that they may not. */
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
 * Turns an error about what is in the files into a refusal that names them.
 *
 * @returns the error itself, if it is about something else
 * @throws RefusedError if a file changed: DuckDB calls that many names, and counts call it ill-formed
 */
export function illFormed(files: readonly ScannedFile[], error: unknown): unknown {
  if (!(error instanceof DuckDbError || error instanceof RefusedError)) return error
  requireStill(files)
  return isAboutData(error) ? refusal(files, error) : error
}

function refusal(files: readonly ScannedFile[], { message }: Error): RefusedError {
  const names = files.map(({ name }) => name).join(', ')
  return new RefusedError(`Expected well-formed records in ${names}, but reading stopped (${message}).`)
}

async function stopOf(duckdb: DuckDB, from: string): Promise<unknown> {
  try {
    // Every value is hashed, so that none is left unread.
    await duckdb.rows(`select bit_xor(hash(columns(*))) from ${from}`)
    return undefined
  } catch (error) {
    return error
  }
}
