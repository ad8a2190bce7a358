import { createRequire } from 'node:module'
import type * as DuckDBApi from '@duckdb/node-api'
import type {
  DuckDBBlobValue,
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBResult,
  DuckDBValueConverter,
  Json,
} from '@duckdb/node-api'
import type * as DuckDBBindings from '@duckdb/node-bindings'
import type { RecordBatch } from 'apache-arrow'
import { DuckDbError } from './duckdb-error.ts'
import type { RawChunk, RawColumn } from './arrow/raw-chunk.ts'
import { quoteConstant } from './sql.ts'
import { batchReader } from './arrow/vectors.ts'

// Both are CommonJS. For an import, Node 20 parses every file of the driver to learn the names that it exports: with the import
// an engine needs 2.4 times the CPU to load it.
const load = createRequire(import.meta.url)
const api = load('@duckdb/node-api') as typeof DuckDBApi
const bindings = load('@duckdb/node-bindings') as typeof DuckDBBindings

/** Limits and inputs of one in-memory DuckDB. */
export interface DuckDBOptions {
  /** DuckDB's memory limit, such as `300MB`; the resident memory is about 230 MB larger. */
  readonly memoryLimit: string
  /** Worker threads, at least 1. */
  readonly threads: number
  /** A private folder (mode 0700) for spill files, which are plain text. SQL may read and write in it. */
  readonly tempDirectory: string
  /** The files that SQL may read: absolute paths, spelled as in the statements. No globs. */
  readonly allowedPaths: readonly string[]
  /** The zone of timestamps without an offset; UTC by default. */
  readonly timeZone?: string
  /** Bytes for the parameters of streamed statements, by name: values that SQL must not find in the catalog. */
  readonly parameters?: Readonly<Record<string, Uint8Array>>
}

/** One locked-down in-memory DuckDB. Every method throws {@link DuckDbError} for an error of DuckDB. */
export interface DuckDB {
  /** Runs one or several statements and discards their results. */
  run(sql: string): Promise<void>
  /**
   * Runs a statement with a small result. Integers of more than 32 bits become numbers if that is exact, else strings;
   * decimals, dates and times become strings; lists and structs become arrays and objects.
   */
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
  /**
   * Runs one SELECT and yields one record batch per chunk (at most 2,048 rows), in order, while DuckDB computes the next.
   * A result without rows yields one empty batch, so that its schema is known. Streams may run at the same time: each has
   * its own connection and so does not see temporary tables; other tables are in memory as well. Leaving the loop early
   * interrupts the statement.
   *
   * @throws Error with column and type if no batch can hold the type of a column
   */
  stream(sql: string): AsyncIterable<RecordBatch>
  /** Frees everything; no stream may be running. */
  close(): void
}

/**
 * Opens an in-memory DuckDB that can read only the allowed files, loads no extension, and whose settings no statement can
 * change. Insertion order stays on, so row numbers are record numbers.
 *
 * @throws DuckDbError if DuckDB refuses a setting, for example an unknown time zone
 */
export async function openDuckDB(options: DuckDBOptions): Promise<DuckDB> {
  const instance = await api.DuckDBInstance.create(':memory:')
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

/** The settings. Their order matters: the allowed paths come before the end of external access, the lock comes last. */
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

/** Only the parameters that the statement uses: DuckDB refuses others. */
function parametersIn(sql: string, all: DuckDBOptions['parameters'] = {}): Parameters {
  const used = Object.entries(all).filter(([name]) => sql.includes(`$${name}`))
  return Object.fromEntries(used.map(([name, bytes]) => [name, api.blobValue(bytes)]))
}

const toPlain: DuckDBValueConverter<Json> = (value, type, converter) => {
  if (typeof value !== 'bigint') return api.JsonDuckDBValueConverter(value, type, converter)
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
    // The loop below gets the rejection. If the consumer has left, it must not end the process.
    pending.catch(() => undefined)
    return pending
  }
  try {
    const result = await guarded(sql, connection.stream(sql, parameters))
    const reader = batchReader(columnsOf(result))
    let empty = true
    let chunk = await fetch(result)
    while (chunk !== null && chunk.rowCount > 0) {
      // The next chunk has a separate heap, so DuckDB can fill it while this one is read.
      const next = fetch(result)
      // No await may come before this line: the strings are in the chunk's memory.
      const batch = reader.read(rawChunk(chunk))
      empty = false
      yield batch
      chunk = await next
    }
    if (result.returnType === api.ResultReturnType.INVALID) throw await endedEarly(connection, sql, parameters)
    if (empty) yield reader.empty()
  } finally {
    connection.interrupt()
    await pending?.catch(() => undefined)
    connection.disconnectSync()
  }
}

/**
 * A stream that fails in the middle ends like one that is exhausted: of 1,000,000 rows with a bad cast in the middle, fetching
 * gave 247,808 rows and no error, and only the result's type turned invalid. The API does not give the message, so the
 * statement runs once more to get it.
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

/** The closures reference the chunk, so its memory lives at least as long as the returned object. */
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

/** The bindings copy into a new buffer. Typed arrays over that buffer need an offset of 0. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.byteOffset !== 0) return new Uint8Array(bytes)
  return bytes as Uint8Array<ArrayBuffer>
}
