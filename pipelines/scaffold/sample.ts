import { readFileSync, realpathSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { RefusedError, UsageError } from '../platform/errors.ts'
import { csv, type CsvInput, type Input, json } from '../source/inputs.ts'
import type { LandedFile } from '../landing/files/landed-file.ts'
import { type CsvRecord, csvRecords } from '../read/csv-records.ts'
import { encodingOf } from '../platform/encoding.ts'
import { parquetMetadata } from '../read/parquet-metadata.ts'
import { type ScannedFile, scanFile } from '../read/scan-file.ts'
import { requireColumn, requireNames } from './header.ts'
import { inferShape, relationColumns, whyTaken } from './infer-shape.ts'
import { requireOnce } from './name-twice.ts'
import { requireRecords } from './readable.ts'

/** A file as a feed delivers it, and what a source has to declare to read it. */
export interface Sample {
  readonly scanned: ScannedFile
  readonly input: Input
  /** What the input cannot read, each with its reason: fields that have no one shape, columns whose name is taken. */
  readonly unread: readonly string[]
}

const mebibyte = 1024 * 1024
/** The sample becomes a file of the project: a part of a delivery is enough, and is looked at as a whole. */
const mostBytes = 64 * mebibyte
const mostUnpacked = 512 * mebibyte
/** Lines of a file of one column that are held against its first. */
const mostLines = 1000

/**
 * Reads a sample and infers its input.
 *
 * @param path `.json`, `.ndjson`, `.jsonl`, `.csv`, `.tsv` or `.txt`, also with `.gz`, or `.parquet`
 * @param pattern the file name that the source declares
 * @throws UsageError saying what is wrong with the file, never what stands in it
 */
export async function readSample(path: string, pattern: string): Promise<Sample> {
  const file = sampleFile(path)
  const format = formatOf(file.name)
  try {
    if (format === 'json') return await readJson(file, pattern)
    return format === 'parquet' ? await readParquet(file, pattern) : await readCsv(file, pattern)
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    throw new UsageError(error.message, { cause: error })
  }
}

/** What the name says of a sample: `csv` for every kind of separated values. */
export function formatOf(name: string): 'json' | 'csv' | 'parquet' {
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase()
  if (ending === 'json' || ending === 'ndjson' || ending === 'jsonl') return 'json'
  if (ending === 'csv' || ending === 'tsv' || ending === 'txt') return 'csv'
  if (ending === 'parquet' && !name.endsWith('.gz')) return 'parquet'
  throw new UsageError(
    'Expected a sample named .json, .ndjson, .jsonl, .csv, .tsv or .txt (each also with .gz), or .parquet, found ' +
      `${name}.`,
  )
}

function sampleFile(path: string): LandedFile {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new UsageError(`Expected a sample at ${path}, found nothing there.`)
  if (!found.isFile()) throw new UsageError(`Expected a file as sample, and ${path} is none.`)
  if (found.size === 0) throw new UsageError(`Expected records in ${path}, found an empty file.`)
  if (found.size > mostBytes) {
    throw new UsageError(
      `Expected a sample of at most 64 MiB, found ${Math.ceil(found.size / mebibyte)} MiB. Give it a part of the delivery, ` +
        'such as its first thousand records.',
    )
  }
  return { input: 'sample', path: realpathSync(path), name: basename(path), gzip: path.endsWith('.gz') }
}

async function readJson(file: LandedFile, pattern: string): Promise<Sample> {
  const scanned = await scanFile(file, json({ files: [pattern], record: {} }), 'allow')
  const records = parseRecords(contentOf(file).toString('utf8'), scanned)
  requireRecords(records.length, file.name)
  const { record, unread } = inferShape(records)
  return { scanned, input: json({ files: [pattern], record }), unread }
}

function parseRecords(text: string, { layout, name }: ScannedFile): readonly unknown[] {
  const withoutMark = text.replace(/^\ufeff/, '')
  try {
    if (layout === 'array') return JSON.parse(withoutMark) as unknown[]
    const lines = withoutMark.split('\n').filter(line => line.trim() !== '')
    return linesOf(lines) ?? [JSON.parse(withoutMark) as unknown]
  } catch {
    throw new UsageError(`Expected well-formed JSON in ${name}, a list of records or one record a line.`)
  }
}

/** Undefined if a line is no value of its own: then the file may be one record over several lines. */
function linesOf(lines: readonly string[]): readonly unknown[] | undefined {
  try {
    return lines.map(line => JSON.parse(line) as unknown)
  } catch {
    return undefined
  }
}

async function readParquet(file: LandedFile, pattern: string): Promise<Sample> {
  const { columns } = await parquetMetadata(file)
  requireNames(columns, file.name)
  const input = inputOf(columns, pattern, {})
  return { ...input, scanned: await scanFile(file, input.input) }
}

async function readCsv(file: LandedFile, pattern: string): Promise<Sample> {
  const bytes = contentOf(file)
  const encoding = encodingFor(bytes)
  const first = new TextDecoder(encoding).decode(bytes.subarray(0, mebibyte)).split(/\r?\n/, 1)[0] ?? ''
  const delimiter = delimiterOf(first)
  const options = {
    ...(encoding === 'utf-8' ? {} : { encoding }),
    ...(delimiter === ',' ? {} : { delimiter }),
  }
  const any = csv({ files: [pattern], columns: ['any'], ...options })
  const scanned = await scanFile(file, any)
  let header: CsvRecord | undefined
  for await (const records of csvRecords(scanned, any)) {
    const [row] = header === undefined ? records.slice(1) : records
    header ??= records[0]
    if (header === undefined || row === undefined) continue
    const names = textsOf(header, encoding)
    requireNames(names, file.name)
    if (names.length === 1) await requireLoneColumn(names, scanned, any, encoding)
    await requireOnce(names, () => valuesOf(scanned, any, encoding), file.name)
    return { scanned, ...inputOf(names, pattern, options) }
  }
  throw new UsageError(
    `Expected a header line and records in ${file.name}, found ${header === undefined ? 'neither' : 'no record'}. The columns are ` +
      'known by their values, and the test of the source runs them: take a delivery of another day.',
  )
}

function textsOf({ fields }: CsvRecord, encoding: string): readonly string[] {
  const isDecoded = encodingOf(encoding).kind === 'stream'
  const decoder = new TextDecoder(isDecoded ? 'utf-8' : encoding)
  return fields.map(field => decoder.decode(Buffer.from(field, 'latin1')))
}

/** The records below the header, in blocks. */
async function* valuesOf(
  scanned: ScannedFile,
  input: CsvInput,
  encoding: string,
): AsyncGenerator<readonly (readonly string[])[]> {
  let header = 1
  for await (const records of csvRecords(scanned, input)) {
    yield records.slice(header).map(record => textsOf(record, encoding))
    if (records.length > 0) header = 0
  }
}

async function requireLoneColumn(
  names: readonly string[],
  scanned: ScannedFile,
  input: CsvInput,
  encoding: string,
): Promise<void> {
  const lines = [...names]
  for await (const block of valuesOf(scanned, input, encoding)) {
    lines.push(...block.map(record => record.join()))
    if (lines.length > mostLines) break
  }
  requireColumn(lines, scanned.name)
}

function contentOf(file: LandedFile): Buffer {
  const bytes = readFileSync(file.path)
  if (!file.gzip) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: mostUnpacked })
  } catch {
    throw new UsageError(`Expected ${file.name} to be a whole gzip of at most 512 MiB, and it is not.`)
  }
}

function encodingFor(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return 'utf-8'
  } catch {
    return 'windows-1252'
  }
}

type Delimiter = ',' | ';' | '\t' | '|'

function delimiterOf(header: string): Delimiter {
  const count = (delimiter: string): number => header.split(delimiter).length
  const delimiters: readonly Delimiter[] = [',', ';', '\t', '|']
  return delimiters.reduce((best, one) => (count(one) > count(best) ? one : best))
}

/** A relation has two columns of its own, and DuckDB takes two names that differ in their case alone for one. */
function inputOf(
  names: readonly string[],
  pattern: string,
  options: { readonly encoding?: string; readonly delimiter?: Delimiter },
): Omit<Sample, 'scanned'> {
  const taken = new Set(relationColumns)
  const columns: string[] = []
  const ignored: string[] = []
  const unread: string[] = []
  for (const name of names) {
    const key = name.toLowerCase()
    const isText = !/[\0\p{Surrogate}]/u.test(name)
    if (isText && !taken.has(key)) columns.push(name)
    else {
      ignored.push(name)
      unread.push(isText ? `${name} (${whyTaken(key)})` : `${name} (its name is no text)`)
    }
    taken.add(key)
  }
  const [first, ...rest] = columns
  if (first === undefined) throw new UsageError('Expected columns, found none that can be read.')
  const ignoredOnes = ignored.length > 0 ? { ignored } : {}
  return { input: csv({ files: [pattern], columns: [first, ...rest], ...ignoredOnes, ...options }), unread }
}
