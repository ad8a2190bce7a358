import { open } from 'node:fs/promises'
import { parquetMetadataAsync, parquetSchema } from 'hyparquet'
import { RefusedError } from '../errors.ts'
import type { LandedFile } from '../landing.ts'

/** What the footer of a Parquet file says of it. */
export interface ParquetMetadata {
  /** Names of its columns in order; of a nested one, the outer name. */
  readonly columns: readonly string[]
  /** Records of all row groups. */
  readonly records: number
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
    const { size } = await handle.stat()
    const metadata = await parquetMetadataAsync({
      byteLength: size,
      slice: async (start, end = size) => {
        const bytes = new Uint8Array(Math.max(0, end - start))
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
        if (bytesRead < bytes.length) throw new Error('the file ends early')
        return bytes.buffer
      },
    })
    const records = Number(metadata.num_rows)
    const inGroups = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
    if (!Number.isSafeInteger(records) || records < 0 || inGroups !== records) {
      throw new Error('its counts of records disagree')
    }
    return { columns: parquetSchema(metadata).children.map(({ element }) => element.name), records }
  } catch (error) {
    // The message of the parser can hold what lies in the file.
    if (typeof (error as NodeJS.ErrnoException).syscall === 'string') throw error
    throw new RefusedError(`Expected a whole Parquet file, found ${file.name} damaged or cut off. Deliver it again.`)
  } finally {
    await handle.close()
  }
}
