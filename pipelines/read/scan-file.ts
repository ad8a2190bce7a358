import { createHash } from 'node:crypto'
import { constants, createReadStream, type Stats } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { MissingInputError, RefusedError } from '../errors.ts'
import type { LandedFile } from '../landing.ts'
import { CsvScanner } from './csv-scanner.ts'
import { type JsonScan, JsonScanner } from './json-scanner.ts'

/** What is known of one delivered file before any parser reads it. */
export interface ScannedFile extends LandedFile {
  /** Size as delivered (packed, for .gz). */
  readonly bytes: number
  /** SHA-256 of the bytes as delivered, in hexadecimal. */
  readonly sha256: string
  /** Records, counted independently of DuckDB. */
  readonly records: number
  /** Bytes of the longest record, unpacked. */
  readonly longestRecord: number
  /** False if no text of the file can hold NUL. */
  readonly mayHoldNul: boolean
  /** How JSON records stand in the file; `lines` for CSV. */
  readonly layout: 'array' | 'lines'
  /** Time of the last change in milliseconds: a file that changes later was not the one read. */
  readonly changedAt: number
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
  empty: 'the file holds no records',
  'cut off': 'the file ends in the middle of a record',
  unbalanced: 'brackets, braces and commas do not match',
  'after end': 'something follows the end of the list',
  'too deep': 'values are nested more than 64 deep',
  'too long': 'a record is longer than a record may be (32 MiB of JSON, 8 MiB of CSV)',
}

/**
 * Reads a file once, from its first byte to its last: hashes it and counts its records.
 *
 * @param file a plain file
 * @param format what it should hold
 * @throws RefusedError if it is cut off or cannot be records of that format; the message holds no byte of it
 */
export async function scanFile(file: LandedFile, format: 'json' | 'csv'): Promise<ScannedFile> {
  const before = await readableStat(file)
  const hash = createHash('sha256')
  const scanner = format === 'json' ? new JsonScanner() : new CsvScanner()
  const packed = createReadStream(file.path, { highWaterMark: 1 << 20 })
  packed.on('data', chunk => hash.update(chunk))
  const unpacked = file.gzip ? packed.pipe(createGunzip({ chunkSize: 1 << 18 })) : packed
  if (file.gzip) packed.on('error', error => unpacked.destroy(error))
  try {
    for await (const chunk of unpacked) scanner.push(chunk as Buffer)
  } catch (error) {
    if (!file.gzip) throw error
    throw new RefusedError(`Expected a whole gzip file, found ${file.name} damaged or cut off. Deliver it again.`)
  }
  const scan = scanner.end()
  if ('fault' in scan) {
    const where = scan.record > 0 ? `, seen at record ${scan.record}` : ''
    const words = faultWords[scan.fault] ?? scan.fault
    throw new RefusedError(`Expected ${format} records in ${file.name}, but ${words}${where}. Deliver it again.`)
  }
  return {
    ...file,
    bytes: before.size,
    sha256: hash.digest('hex'),
    records: scan.records,
    longestRecord: scan.longestRecord,
    mayHoldNul: scan.mayHoldNul,
    layout: 'layout' in scan ? (scan as JsonScan).layout : 'lines',
    changedAt: before.mtimeMs,
  }
}
