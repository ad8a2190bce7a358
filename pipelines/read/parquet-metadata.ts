import { type FileHandle, open } from 'node:fs/promises'
import { type AsyncBuffer, parquetMetadataAsync, parquetSchema, type SchemaElement } from 'hyparquet'
import { RefusedError } from '../platform/errors.ts'
import type { LandedFile } from '../landing/files/landed-file.ts'
import { isOnMicroseconds } from './parquet-int96.ts'

/** What the footer of a Parquet file says of it. */
export interface ParquetMetadata {
  /** Names of its columns in order; of a nested one, the outer name. */
  readonly columns: readonly string[]
  /** What the file itself says of each column's type. */
  readonly types: readonly ParquetType[]
  /** Records of all row groups. */
  readonly records: number
}

/** What DuckDB's own type of a column does not tell. */
export interface ParquetType {
  /** Digits of a decimal in all; undefined for any other type. */
  readonly decimalDigits: number | undefined
  /** `time`: of day, `utc` and `local`: of a day; undefined for any other type. */
  readonly nanoseconds: 'time' | 'utc' | 'local' | undefined
  /** INT96, the moments of older writers. */
  readonly isInt96: boolean
}

/** Whether a delivered file is read as Parquet: its name says so. */
export function isParquet({ name }: Pick<LandedFile, 'name'>): boolean {
  return name.endsWith('.parquet')
}

/**
 * Reads the footer of a Parquet file with a parser that is not DuckDB's, so that the records are counted independently of
 * what reads them.
 *
 * @throws RefusedError if the file is none, is cut off, or contradicts itself
 */
export async function parquetMetadata(file: LandedFile): Promise<ParquetMetadata> {
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
    // The message of the parser can hold what lies in the file.
    if (typeof (error as NodeJS.ErrnoException).syscall === 'string') throw error
    throw new RefusedError(`Expected a whole Parquet file, found ${file.name} damaged or cut off. Deliver it again.`)
  } finally {
    await handle.close()
  }
}

/**
 * Whether an INT96 column holds moments on whole microseconds alone; false also where that cannot be told.
 */
export async function int96IsExact(file: LandedFile, column: string): Promise<boolean> {
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
