import {
  blobValue,
  DuckDBInstance,
  JsonDuckDBValueConverter,
  ResultReturnType,
  type DuckDBBlobValue,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBResult,
  type DuckDBValueConverter,
  type Json,
} from '@duckdb/node-api'
import bindings from '@duckdb/node-bindings'
import type { RecordBatch } from 'apache-arrow'
import { DuckDbError } from './duckdb-error.ts'
import type { RawChunk, RawColumn } from './arrow/raw-chunk.ts'
import { quoteConstant } from './sql.ts'
import { batchReader } from './arrow/vectors.ts'

/** What one in-memory DuckDB may use. */
export interface DuckDBOptions {
  /** DuckDB's own budget, such as `300MB`; resident memory runs about 230 MB over it. */
  readonly memoryLimit: string
  /** Worker threads, at least 1. */
  readonly threads: number
  /** A private folder (mode 0700) for spill files, which are plain text. SQL may read and write in it. */
  readonly tempDirectory: string
  /** The files that SQL may read, as absolute paths exactly as the statements write them. No globs. */
  readonly allowedPaths: readonly string[]
  /** The zone in which texts without an offset become times; UTC by default. */
  readonly timeZone?: string
  /** Bytes for the parameters, by name, of streamed statements: what no SQL may read from the catalogue. */
  readonly parameters?: Readonly<Record<string, Uint8Array>>
}

/** One in-memory DuckDB, locked down. Every method throws {@link DuckDbError} for an error of DuckDB's. */
export interface DuckDB {
  /** Runs one or several statements and drops what they give. */
  run(sql: string): Promise<void>
  /**
   * Runs a statement with a small result. Integers of more than 32 bits are numbers where that is exact, else strings;
   * decimals, dates and times are strings; lists and structs are arrays and objects.
   */
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
  /**
   * Runs one SELECT and yields a record batch a chunk (at most 2,048 rows), in order, while DuckDB works on the next.
   * A result without rows yields one batch without rows, so that its schema is known. Streams may run side by side:
   * each has a connection of its own and so does not see temporary tables; plain tables live in memory just the same.
   * Leaving the loop early interrupts the statement.
   *
   * @throws Error naming column and type if a column has a type that no batch can hold
   */
  stream(sql: string): AsyncIterable<RecordBatch>
  /** Frees everything; no stream may be under way. */
  close(): void
}

/**
 * Opens an in-memory DuckDB that reaches no file but the allowed ones, loads no extension, and whose settings no
 * statement can change any more. Insertion order stays on, so row numbers are record numbers.
 *
 * @throws DuckDbError if a setting is refused, for example an unknown time zone
 */
export async function openDuckDB(options: DuckDBOptions): Promise<DuckDB> {
  const instance = await DuckDBInstance.create(':memory:')
  const main = await instance.connect()
  const close = (): void => {
    main.disconnectSync()
    instance.closeSync()
  }
  try {
    for (const statement of lockdown(options)) await guarded(statement, main.run(statement))
  } catch (error) {
    close()
    throw error
  }
  return {
    run: async sql => {
      await guarded(sql, main.run(sql))
    },
    rows: async sql => guarded(sql, (await guarded(sql, main.run(sql))).convertRowObjects(toPlain)),
    stream: sql => stream(instance, sql, parametersIn(sql, options.parameters)),
    close,
  }
}

/** The settings, in an order that works: paths before access ends, the lock last. */
function lockdown(options: DuckDBOptions): readonly string[] {
  return [
    `set global memory_limit = ${quoteConstant(options.memoryLimit)}`,
    `set global threads = ${String(Math.max(1, Math.trunc(options.threads)))}`,
    `set global TimeZone = ${quoteConstant(options.timeZone ?? 'UTC')}`,
    `set global temp_directory = ${quoteConstant(options.tempDirectory)}`,
    'set global autoinstall_known_extensions = false',
    'set global autoload_known_extensions = false',
    'set global allow_community_extensions = false',
    `set global allowed_paths = [${options.allowedPaths.map(quoteConstant).join(', ')}]`,
    'set global enable_external_access = false',
    'set global lock_configuration = true',
  ]
}

type Parameters = Record<string, DuckDBBlobValue>

/** DuckDB refuses a parameter that a statement does not have. */
function parametersIn(sql: string, all: DuckDBOptions['parameters'] = {}): Parameters {
  const used = Object.entries(all).filter(([name]) => sql.includes(`$${name}`))
  return Object.fromEntries(used.map(([name, bytes]) => [name, blobValue(bytes)]))
}

const toPlain: DuckDBValueConverter<Json> = (value, type, converter) => {
  if (typeof value !== 'bigint') return JsonDuckDBValueConverter(value, type, converter)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

async function guarded<T>(sql: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new DuckDbError(error instanceof Error ? error.message : '', sql)
  }
}

async function* stream(
  instance: DuckDBInstance,
  sql: string,
  parameters: Parameters,
): AsyncGenerator<RecordBatch, void, undefined> {
  const connection = await instance.connect()
  let pending: Promise<DuckDBDataChunk | null> | undefined
  const fetch = (result: DuckDBResult): Promise<DuckDBDataChunk | null> => {
    pending = guarded(sql, result.fetchChunk())
    // Whoever awaits it gets the rejection; a consumer that has left must not end the process.
    pending.catch(() => undefined)
    return pending
  }
  try {
    const result = await guarded(sql, connection.stream(sql, parameters))
    const reader = batchReader(columnsOf(result))
    let empty = true
    let chunk = await fetch(result)
    while (chunk !== null && chunk.rowCount > 0) {
      // The next chunk is another object with a heap of its own: DuckDB works on it while this one is read.
      const next = fetch(result)
      // No await may come before this: its strings lie in the chunk.
      const batch = reader.read(rawChunk(chunk))
      empty = false
      yield batch
      chunk = await next
    }
    if (result.returnType === ResultReturnType.INVALID) throw await endedEarly(connection, sql, parameters)
    if (empty) yield reader.empty()
  } finally {
    connection.interrupt()
    await pending?.catch(() => undefined)
    connection.disconnectSync()
  }
}

/**
 * A stream that fails on its way ends like one that is exhausted: at 1,000,000 rows with a bad cast in the middle,
 * fetching gave 247,808 rows, no error, and only the result's type turned invalid. Its message is out of reach, so the
 * statement runs once more for the message alone.
 */
async function endedEarly(connection: DuckDBConnection, sql: string, parameters: Parameters): Promise<DuckDbError> {
  try {
    await guarded(sql, connection.run(`explain analyze\n${sql}`, parameters))
  } catch (error) {
    if (error instanceof DuckDbError) return error
  }
  return new DuckDbError('Unknown Error: ', sql)
}

function columnsOf(result: DuckDBResult): readonly RawColumn[] {
  return result.columnNames().map((name, index) => ({ name, type: result.columnType(index).toString() }))
}

/** The closures hold the chunk, so it lives at least as long as what is returned here. */
function rawChunk(chunk: DuckDBDataChunk): RawChunk {
  const vectors = Array.from({ length: chunk.columnCount }, (_, column) =>
    bindings.data_chunk_get_vector(chunk.chunk, column),
  )
  const vector = (column: number): (typeof vectors)[number] => {
    const found = vectors[column]
    if (found === undefined) throw new Error(`the chunk has no column ${column}`)
    return found
  }
  return {
    rows: chunk.rowCount,
    data: (column, byteCount) => owned(bindings.vector_get_data(vector(column), byteCount)),
    validity: (column, byteCount) => bindings.vector_get_validity(vector(column), byteCount),
    follow: (records, offset, byteCount) => owned(bindings.get_data_from_pointer(records, offset, byteCount)),
  }
}

/** The bindings copy into a buffer of its own; the typed arrays laid over it rely on that. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.byteOffset !== 0) return new Uint8Array(bytes)
  return bytes as Uint8Array<ArrayBuffer>
}
