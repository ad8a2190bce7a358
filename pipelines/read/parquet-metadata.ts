import { type FileHandle, open } from 'node:fs/promises'
import * as zlib from 'node:zlib'
import type * as Hyparquet from 'hyparquet'
import type { AsyncBuffer, Compressors, FileMetaData, SchemaElement } from 'hyparquet'
import { RefusedError } from '../platform/errors.ts'
import type { LandedFile } from '../landing/files/landed-file.ts'

/** What the footer of a Parquet file declares. */
export interface ParquetMetadata {
  /** Names of the columns in order; for a nested column the outer name. */
  readonly columns: readonly string[]
  /** The types of the columns, in the same order. */
  readonly types: readonly ParquetType[]
  /** Number of records in all row groups. */
  readonly records: number
}

/** Facts about a column's type that DuckDB does not report. */
export interface ParquetType {
  /** Precision of a decimal; undefined for other types. */
  readonly decimalDigits: number | undefined
  /** `time`: time of day; `utc` and `local`: timestamp; undefined for types without nanoseconds. */
  readonly nanoseconds: 'time' | 'utc' | 'local' | undefined
  /** INT96, the timestamps of older writers. */
  readonly isInt96: boolean
}

/** Only a batch with Parquet files loads its 27 modules. */
const reader = (): Promise<typeof Hyparquet> => import('hyparquet')

/** True if a delivered file is read as Parquet, according to its name. */
export function isParquet({ name }: Pick<LandedFile, 'name'>): boolean {
  return name.endsWith('.parquet')
}

/**
 * Reads the footer of a Parquet file with hyparquet, so that records are counted independently of DuckDB.
 *
 * @throws RefusedError if the file is not Parquet, is cut off, or its counts of records disagree
 */
export async function parquetMetadata(file: LandedFile): Promise<ParquetMetadata> {
  const { parquetMetadataAsync, parquetSchema } = await reader()
  const handle = await open(file.path)
  try {
    const metadata = await parquetMetadataAsync(await bytesOf(handle))
    const records = Number(metadata.num_rows)
    const inGroups = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
    if (!Number.isSafeInteger(records) || records < 0 || inGroups !== records) {
      throw new Error('its counts of records disagree')
    }
    const elements = parquetSchema(metadata).children.map(({ element }) => element)
    return { columns: elements.map(({ name }) => name), types: elements.map(typeOf), records }
  } catch (error) {
    // The parser's message can contain values of the file.
    if (typeof (error as NodeJS.ErrnoException).syscall === 'string') throw error
    throw new RefusedError(`Expected a whole Parquet file, found ${file.name} damaged or cut off. Deliver it again.`)
  } finally {
    await handle.close()
  }
}

/** True if all times of an INT96 column are whole microseconds; false also if that cannot be found out. */
export async function int96IsExact(file: LandedFile, column: string): Promise<boolean> {
  const { parquetMetadataAsync } = await reader()
  const handle = await open(file.path)
  try {
    const bytes = await bytesOf(handle)
    return await isOnMicroseconds(bytes, await parquetMetadataAsync(bytes), column)
  } catch {
    return false
  } finally {
    await handle.close()
  }
}

/** Records per read. */
const block = 100_000

type Unpack = (packed: Uint8Array) => Uint8Array

const { zstdDecompressSync: unpackZstd } = zlib as { readonly zstdDecompressSync?: Unpack }

/** The compressions that Node can unpack: Zstandard since version 22.15, not LZ4. */
const compressors: Compressors = {
  GZIP: packed => zlib.gunzipSync(packed),
  BROTLI: packed => zlib.brotliDecompressSync(packed),
  ...(unpackZstd === undefined ? {} : { ZSTD: packed => unpackZstd(packed) }),
}

/**
 * True if all times of an INT96 column are whole microseconds: DuckDB truncates them to microseconds, and has no other
 * way to read the column. Spark writes whole microseconds; Impala and Hive write nanoseconds.
 *
 * @throws Error if the column's compression is not supported
 */
async function isOnMicroseconds(file: AsyncBuffer, metadata: FileMetaData, column: string): Promise<boolean> {
  const { parquetReadObjects } = await reader()
  const records = Number(metadata.num_rows)
  const timestampFromNanoseconds = (nanoseconds: bigint): unknown => nanoseconds % 1000n === 0n
  for (let rowStart = 0; rowStart < records; rowStart += block) {
    const rows = await parquetReadObjects({
      file,
      metadata,
      columns: [column],
      compressors,
      parsers: { timestampFromNanoseconds },
      rowStart,
      rowEnd: Math.min(records, rowStart + block),
    })
    if (rows.some(row => row[column] === false)) return false
  }
  return true
}

async function bytesOf(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat()
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const bytes = new Uint8Array(Math.max(0, end - start))
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
      if (bytesRead < bytes.length) throw new Error('the file ends early')
      return bytes.buffer
    },
  }
}

function typeOf({ type, converted_type: converted, logical_type: logical, precision }: SchemaElement): ParquetType {
  const digits = logical?.type === 'DECIMAL' ? logical.precision : converted === 'DECIMAL' ? precision : undefined
  const isNanos = (logical?.type === 'TIME' || logical?.type === 'TIMESTAMP') && logical.unit === 'NANOS'
  return {
    decimalDigits: digits,
    nanoseconds: !isNanos ? undefined : logical.type === 'TIME' ? 'time' : logical.isAdjustedToUTC ? 'utc' : 'local',
    isInt96: type === 'INT96',
  }
}
