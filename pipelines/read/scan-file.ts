import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { MissingInputError } from '../platform/errors.ts'
import { fileIdentity } from '../platform/file-identity.ts'
import type { Input } from '../source/inputs.ts'
import type { LandedFile } from '../landing/files/landed-file.ts'
import { csvBody } from './csv-preamble.ts'
import { CsvScanner } from './csv-scanner.ts'
import { encodingOf, toUtf8 } from '../platform/encoding.ts'
import { EncodingWatch } from './encoding-watch.ts'
import { JsonScanner } from './json-scanner.ts'
import { type ReadLimits, readLimits } from './limits.ts'
import { isParquet, parquetMetadata } from './parquet-metadata.ts'
import { refuseFault } from './scan-fault.ts'
import { unpack } from './unpack.ts'

/** What the scan knows about one delivered file before DuckDB reads it. */
export interface ScannedFile extends LandedFile {
  /** Size as delivered; for .gz the packed size. */
  readonly bytes: number
  /** SHA-256 of the delivered bytes, in hexadecimal. */
  readonly sha256: string
  /** Number of records, counted independently of DuckDB; headers and trailers do not count. */
  readonly records: number
  /** In unpacked bytes. */
  readonly longestRecord: number
  /** False if no text of the file can contain NUL. */
  readonly mayHoldNul: boolean
  /** False if no text of the file can contain an ASCII control character. */
  readonly mayHoldControl: boolean
  /** False if every text of the file is ASCII. */
  readonly mayHoldNonAscii: boolean
  /** True if DuckDB may misread the file: then only its normalised copy is read correctly. */
  readonly irregular: boolean
  /** True if DuckDB would print some number of a JSON file differently than delivered. */
  readonly respeltNumbers?: boolean
  /** False if a CSV file contains no quote, so that every line is a record. */
  readonly mayHoldQuotes: boolean
  /** What separates the fields of a CSV file: declared, or named in its first line. */
  readonly delimiter?: string
  /** Number of records of a CSV file that consist of separators alone. */
  readonly emptyRows?: number
  /** Layout of JSON records, see `JsonScan`; `lines` for CSV. */
  readonly layout: 'array' | 'lines'
  /** True if the file contains only blank lines or byte order marks: a CSV file without a header. */
  readonly isBlank: boolean
  /** True for a CSV file that declares another encoding but is valid UTF-8 with non-ASCII characters. */
  readonly looksUtf8: boolean
  /** Time of the last change in milliseconds, to detect that the file changed after the scan. */
  readonly changedAt: number
  /** See `fileIdentity`: detects a replaced file, even one with the same size and time. */
  readonly identity: string
  /** The limits of its input. */
  readonly limits: ReadLimits
}

/** @throws MissingInputError if the current user cannot read the file */
async function readableStat(file: LandedFile): Promise<Stats> {
  try {
    await access(file.path, constants.R_OK)
    return await stat(file.path)
  } catch (error) {
    throw new MissingInputError(
      `Expected to read ${file.name}, but this user has no permission, or the file was just removed. Check both, then run again.`,
      { cause: error },
    )
  }
}

interface Scan {
  readonly records: number
  readonly longestRecord: number
  readonly mayHoldNul: boolean
  readonly mayHoldControl: boolean
  readonly mayHoldNonAscii: boolean
  readonly irregular: boolean
  readonly respeltNumbers?: boolean
  readonly mayHoldQuotes: boolean
  readonly delimiter?: string
  readonly emptyRows?: number
  readonly layout: 'array' | 'lines'
  readonly isBlank: boolean
}

/**
 * Reads a whole file once, hashes it and counts its records.
 *
 * @param file a regular file
 * @param empty `allow` if a file may be empty, without even a header
 * @throws RefusedError if the byte order mark is of another encoding, the file is cut off, or it is not in the declared
 *   format; the message contains no byte of the file
 * @throws MissingInputError if a declared trailer is missing
 */
export async function scanFile(
  file: LandedFile,
  input: Input,
  empty: 'refuse' | 'allow' = 'refuse',
): Promise<ScannedFile> {
  const before = await readableStat(file)
  const hash = createHash('sha256')
  let isUnusual = false
  const limits = readLimits(input)
  const unpacked = unpack(file, limits, {
    onPacked: chunk => hash.update(chunk),
    onUnusual: () => {
      isUnusual = true
    },
  })
  const watch = new EncodingWatch(file, input)
  const scan = await scanAs(file, watched(unpacked, watch), input, empty)
  return {
    ...file,
    ...scan,
    irregular: scan.irregular || isUnusual,
    looksUtf8: watch.looksUtf8,
    bytes: before.size,
    sha256: hash.digest('hex'),
    changedAt: before.mtimeMs,
    identity: fileIdentity(before),
    limits,
  }
}

async function* watched(chunks: AsyncIterable<Buffer>, watch: EncodingWatch): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    watch.push(chunk)
    yield chunk
  }
  watch.end()
}

async function scanAs(
  file: LandedFile,
  bytes: AsyncIterable<Buffer>,
  input: Input,
  empty: 'refuse' | 'allow',
): Promise<Scan> {
  if (input.format === 'json') return scanJson(file, bytes, input, empty)
  return isParquet(file) ? scanParquet(file, bytes) : scanCsv(file, bytes, input, empty)
}

const blank: Scan = {
  layout: 'lines',
  records: 0,
  longestRecord: 0,
  mayHoldNul: false,
  mayHoldControl: false,
  mayHoldNonAscii: false,
  irregular: false,
  mayHoldQuotes: false,
  isBlank: true,
}

/** The footer of a Parquet file has the number of records; the bytes are only hashed. */
async function scanParquet(file: LandedFile, bytes: AsyncIterable<Buffer>): Promise<Scan> {
  const { records } = await parquetMetadata(file)
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- `bytes` hashes each chunk as it is read
  for await (const _ of bytes);
  return {
    layout: 'lines',
    records,
    longestRecord: 0,
    mayHoldNul: true,
    mayHoldControl: true,
    mayHoldNonAscii: true,
    irregular: false,
    mayHoldQuotes: false,
    isBlank: false,
  }
}

async function scanJson(
  file: LandedFile,
  bytes: AsyncIterable<Buffer>,
  input: Extract<Input, { format: 'json' }>,
  empty: 'refuse' | 'allow',
): Promise<Scan> {
  const scanner = new JsonScanner(readLimits(input).recordBytes)
  for await (const chunk of bytes) scanner.push(chunk)
  const scan = scanner.end()
  if (!('fault' in scan)) return { ...scan, mayHoldQuotes: true, isBlank: false }
  if (scan.fault === 'empty' && empty === 'allow') return blank
  throw refuseFault(file, input, scan)
}

async function scanCsv(
  file: LandedFile,
  bytes: AsyncIterable<Buffer>,
  input: Extract<Input, { format: 'csv' }>,
  empty: 'refuse' | 'allow',
): Promise<Scan> {
  const encoding = encodingOf(input.encoding)
  const body = await csvBody(encoding.kind === 'stream' ? toUtf8(bytes, encoding) : bytes, input, file.name)
  const scanner = new CsvScanner(readLimits(input).recordBytes, body.delimiter)
  for await (const chunk of body.bytes) scanner.push(chunk)
  const found = scanner.end()
  const scan =
    'fault' in found ? found : { ...found, irregular: found.irregular || body.isCut, delimiter: body.delimiter }
  if ('fault' in scan) {
    if (scan.fault === 'empty' && empty === 'allow' && input.trailer === undefined) return blank
    throw refuseFault(file, input, scan)
  }
  if (input.trailer === undefined) return { ...scan, layout: 'lines', isBlank: false }
  if (scan.records === 0) {
    throw new MissingInputError(`Expected a trailer record at the end of ${file.name}, found only a header line.`)
  }
  return { ...scan, records: scan.records - 1, layout: 'lines', isBlank: false }
}
