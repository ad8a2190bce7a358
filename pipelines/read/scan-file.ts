import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { MissingInputError, RefusedError } from '../platform/errors.ts'
import { fileIdentity } from '../platform/file-identity.ts'
import { type Input, mostRecordMiB } from '../source/inputs.ts'
import type { LandedFile } from '../landing/files/landed-file.ts'
import { CsvScanner } from './csv-scanner.ts'
import { encodingOf, toUtf8 } from '../platform/encoding.ts'
import { EncodingWatch } from './encoding-watch.ts'
import { JsonScanner } from './json-scanner.ts'
import { type ReadLimits, readLimits } from './limits.ts'
import { isParquet, parquetMetadata } from './parquet-metadata.ts'
import { unpack } from './unpack.ts'

/** What is known of one delivered file before any parser reads it. */
export interface ScannedFile extends LandedFile {
  /** Size as delivered (packed, for .gz). */
  readonly bytes: number
  /** SHA-256 of the bytes as delivered, in hexadecimal. */
  readonly sha256: string
  /** Records, counted independently of DuckDB; a header or a trailer is none. */
  readonly records: number
  /** Bytes of the longest record, unpacked. */
  readonly longestRecord: number
  /** False if no text of the file can hold NUL. */
  readonly mayHoldNul: boolean
  /** False if no text of the file can hold a control character of ASCII. */
  readonly mayHoldControl: boolean
  /** False if every text of the file is ASCII. */
  readonly mayHoldNonAscii: boolean
  /** True if only the normalising pass reads this file right. */
  readonly irregular: boolean
  /** True if a JSON file holds a number that DuckDB would print in another way than it was delivered. */
  readonly respeltNumbers?: boolean
  /** False if a CSV file holds no quote at all, so that every line is a record. */
  readonly mayHoldQuotes: boolean
  /** How JSON records stand in the file; `lines` for CSV. */
  readonly layout: 'array' | 'lines'
  /** True if it holds nothing but blank lines or byte order marks: not even the header of a CSV file. */
  readonly isBlank: boolean
  /** True for a CSV file of another declared encoding that is valid UTF-8 and no ASCII: it may be UTF-8 after all. */
  readonly looksUtf8: boolean
  /** Time of the last change in milliseconds: a file that changes later was not the one read. */
  readonly changedAt: number
  /** See `fileIdentity`: a file that is another later was not the one read, whatever its size and time. */
  readonly identity: string
  /** What its input allows. */
  readonly limits: ReadLimits
}

/** @throws MissingInputError if the file may not be read */
async function readableStat(file: LandedFile): Promise<Stats> {
  try {
    await access(file.path, constants.R_OK)
    return await stat(file.path)
  } catch (error) {
    throw new MissingInputError(`Expected to read ${file.name}, but this user may not, or it has just gone.`, {
      cause: error,
    })
  }
}

const faultWords: Readonly<Record<string, string>> = {
  'cut off': 'the file ends in the middle of a record. Deliver it again.',
  unbalanced: 'brackets, braces and commas do not match. Deliver it again.',
  'after end': 'something follows the end of the list. Deliver it again.',
  'too deep': 'values are nested more than 64 deep. Deliver it flatter.',
  'line ends': 'its lines end in CR alone. Deliver it with LF or CR LF.',
}

const mayBeEmpty = "a source whose deliveries may be empty declares empty = 'allow'."

const formatWords: Readonly<Record<string, { readonly csv: string; readonly json: string }>> = {
  empty: {
    csv: `the file has not even a header line. Deliver it again; ${mayBeEmpty}`,
    json: `found none: the file is empty. Deliver it again; ${mayBeEmpty}`,
  },
  wide: {
    csv: "it is UTF-16. Declare encoding: 'utf-16le' (or 'utf-16be') in the source's input, or deliver it as UTF-8.",
    json: 'it is UTF-16. Deliver it as UTF-8.',
  },
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
  readonly layout: 'array' | 'lines'
  readonly isBlank: boolean
}

/**
 * Reads a file once, from its first byte to its last: hashes it and counts its records.
 *
 * @param file a plain file
 * @param input what it should hold
 * @param empty whether a file may hold nothing at all, not even a header
 * @throws RefusedError if its byte order mark is that of another encoding, or it is cut off or cannot be records of that
 *   format; the message holds no byte of it
 * @throws MissingInputError if it has no trailer where one is declared
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

/** A Parquet file says at its end what it holds; its bytes are only hashed. */
async function scanParquet(file: LandedFile, bytes: AsyncIterable<Buffer>): Promise<Scan> {
  const { records } = await parquetMetadata(file)
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- whoever asked for the bytes sees them as they pass
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
  throw refused(file, input, scan.fault, scan.record)
}

async function scanCsv(
  file: LandedFile,
  bytes: AsyncIterable<Buffer>,
  input: Extract<Input, { format: 'csv' }>,
  empty: 'refuse' | 'allow',
): Promise<Scan> {
  const encoding = encodingOf(input.encoding)
  const scanner = new CsvScanner(readLimits(input).recordBytes, input.delimiter)
  for await (const chunk of encoding.kind === 'stream' ? toUtf8(bytes, encoding) : bytes) scanner.push(chunk)
  const scan = scanner.end()
  if ('fault' in scan) {
    if (scan.fault === 'empty' && empty === 'allow' && input.trailer === undefined) return blank
    throw refused(file, input, scan.fault, scan.record)
  }
  if (input.trailer === undefined) return { ...scan, layout: 'lines', isBlank: false }
  if (scan.records === 0) {
    throw new MissingInputError(`Expected a trailer record at the end of ${file.name}, found only a header line.`)
  }
  return { ...scan, records: scan.records - 1, layout: 'lines', isBlank: false }
}

function tooLong(input: Input): string {
  const most = readLimits(input).recordBytes / (1024 * 1024)
  return (
    `a record is longer than ${most} MiB. An open quote can be the cause: correct it and deliver the file again. If records ` +
    `are that long, declare a greater maxRecordMiB in the input (at most ${mostRecordMiB[input.format]}).`
  )
}

function refused(file: LandedFile, input: Input, fault: string, record: number): RefusedError {
  const { format } = input
  const words = fault === 'too long' ? tooLong(input) : (formatWords[fault]?.[format] ?? faultWords[fault] ?? fault)
  const where = record > 0 ? ` (seen at record ${record})` : ''
  return new RefusedError(`Expected ${format} records in ${file.name}${where}, but ${words}`)
}
