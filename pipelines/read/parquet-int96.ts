import * as zlib from 'node:zlib'
import { type AsyncBuffer, type Compressors, type FileMetaData, parquetReadObjects } from 'hyparquet'

/** Records read at once. */
const block = 100_000

type Unpack = (packed: Uint8Array) => Uint8Array

const { zstdDecompressSync: unpackZstd } = zlib as { readonly zstdDecompressSync?: Unpack }

/** What Node unpacks; of Zstandard it knows since version 22.15. LZ4 is not among them. */
const compressors: Compressors = {
  GZIP: packed => zlib.gunzipSync(packed),
  BROTLI: packed => zlib.brotliDecompressSync(packed),
  ...(unpackZstd === undefined ? {} : { ZSTD: packed => unpackZstd(packed) }),
}

/**
 * Whether every moment of an INT96 column is on a whole microsecond: DuckDB cuts what lies below, and has no other way to
 * read the column. Spark writes such moments only; Impala and Hive write nanoseconds.
 *
 * @throws Error if the column is packed in a way that cannot be unpacked here
 */
export async function isOnMicroseconds(file: AsyncBuffer, metadata: FileMetaData, column: string): Promise<boolean> {
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
