import { RefusedError, UsageError } from '../platform/errors.ts'
import { csv, type CsvInput, type Input, json } from '../source/inputs.ts'
import type { LandedFile } from '../landing/files/landed-file.ts'
import { type CsvRecord, csvRecords } from '../read/csv-records.ts'
import { encodingOf } from '../platform/encoding.ts'
import { parquetMetadata } from '../read/parquet-metadata.ts'
import { type ScannedFile, scanFile } from '../read/scan-file.ts'
import { csvLayout } from './csv-layout.ts'
import { requireColumn, requireNames, requireNoValues, requireUniqueHeaders } from './header.ts'
import { inferShape, relationColumns, whyTaken } from './infer-shape.ts'
import { requireRecords, whyRecords } from './require-records.ts'
import { contentOf, formatOf, sampleFile } from './sample-file.ts'

/** A file as the feed delivers it, and the input that a source declares to read it. */
export interface Sample {
  readonly scanned: ScannedFile
  readonly input: Input
  /** Fields and columns that the input ignores, each with the reason: its shape changes, or its name is taken. */
  readonly unread: readonly string[]
}

/** Maximum number of lines of a one-column file that are compared with its first line. */
const mostLines = 1000
/** Bytes that are decoded to find the first line of a CSV. */
const firstBytes = 1024 * 1024

/**
 * Reads a sample and infers its input.
 *
 * @param path `.json`, `.ndjson`, `.jsonl`, `.csv`, `.tsv` or `.txt`, also with `.gz`, or `.parquet`
 * @param pattern the file name that the source declares
 * @throws UsageError that says what is wrong with the file and contains no value
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
    throw new UsageError(`Expected well-formed JSON in ${name}: a list of records or one record a line.`)
  }
}

/** Undefined if a line is not a whole JSON value: the file may be one record over several lines. */
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
  const { delimiter, skip } = csvLayout(new TextDecoder(encoding).decode(bytes.subarray(0, firstBytes)))
  const options = {
    ...(encoding === 'utf-8' ? {} : { encoding }),
    ...(delimiter === ',' ? {} : { delimiter }),
    ...(skip === 0 ? {} : { skip }),
  }
  const any = csv({ files: [pattern], columns: ['any'], ...options })
  const scanned = await scanFile(file, any)
  let header: CsvRecord | undefined
  for await (const records of csvRecords(scanned, any)) {
    const [row] = header === undefined ? records.slice(1) : records
    header ??= records[0]
    if (header === undefined || row === undefined) continue
    const found = textsOf(header, encoding)
    const nameless = found.flatMap((name, index) => (name.trim() === '' ? [index] : []))
    await requireNoValues(nameless, valuesOf(scanned, any, encoding), file.name)
    const isBlank = found.some(name => name.trim() !== name && name.trim() !== '')
    const names = found.map(name => name.trim()).filter(name => name !== '')
    requireNames(names, file.name)
    if (names.length === 1) await requireLoneColumn(names, scanned, any, encoding)
    await requireUniqueHeaders(names, () => valuesOf(scanned, any, encoding), file.name)
    return { scanned, ...inputOf(names, pattern, isBlank ? { ...options, headers: 'loose' } : options) }
  }
  throw new UsageError(
    `Expected a header line and records in ${file.name}, found ${header === undefined ? 'neither' : 'no record'}. ${whyRecords}`,
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

/** Ignores the columns whose name DuckDB cannot take: every relation has two columns already, and names ignore case. */
function inputOf(
  names: readonly string[],
  pattern: string,
  options: Pick<CsvInput, 'encoding' | 'delimiter' | 'headers' | 'skip'>,
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
      unread.push(isText ? `${name} (${whyTaken(key)})` : `${name} (its name is not valid text)`)
    }
    taken.add(key)
  }
  const [first, ...rest] = columns
  if (first === undefined) throw new UsageError('Expected columns, found none that can be read.')
  const ignoredOnes = ignored.length > 0 ? { ignored } : {}
  return { input: csv({ files: [pattern], columns: [first, ...rest], ...ignoredOnes, ...options }), unread }
}
