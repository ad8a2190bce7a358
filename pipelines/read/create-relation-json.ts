import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAboutData } from '../platform/duckdb-error.ts'
import { RefusedError } from '../platform/errors.ts'
import type { JsonInput } from '../source/inputs.ts'
import { quoteIdent } from '../platform/sql.ts'
import { normaliseJson } from './json-normalise.ts'
import { jsonRelationSql, type JsonSource, misshapenSql } from './json-relation.ts'
import { quoteNumbers } from './json-quoted.ts'
import { explainShape } from './json-shape.ts'
import { findUnknownFields, UnknownFieldWatch } from './json-unknown.ts'
import type { CreateRelationOptions, FindingsByFile } from './create-relation.ts'
import type { ScannedFile } from './scan-file.ts'
import { listFields, shownFields, type UnknownField } from './unknown-fields.ts'

/**
 * Maximum length of a record whose shape DuckDB checks. DuckDB parses the record again for every part of the shape and
 * keeps the results for 2,048 records: one record of 3 MB with three fields took more than 256 MB.
 */
const longestShaped = 1 << 18

/** Creates a table of JSON files, see `createRelation`. Reads normalised copies if DuckDB cannot read the files. */
export async function createRelationJson(options: CreateRelationOptions, input: JsonInput): Promise<FindingsByFile> {
  const isPlain = options.files.every(file => !file.irregular && file.longestRecord <= longestShaped)
  const direct = options.how === 'direct' && isPlain
  if (direct) {
    const unknown = await createFromDelivered(options, input)
    if (unknown !== undefined) return findingsOf(unknown)
  }
  const watch = new UnknownFieldWatch(input.record)
  const sources: JsonSource[] = []
  const { onReject } = options
  try {
    for (const [index, file] of options.files.entries()) {
      const fileNo = (options.firstFileNo ?? 1) + index
      const path = join(options.workFolder, `caseload-${fileNo}.ndjson`)
      const copy = await normaliseJson({ file, fileNo, shape: input.record, path, onReject, unknown: watch })
      sources.push({ ...copy, fileNo, layout: 'lines', gzip: false })
    }
    requireKnown(options, input, watch.found())
    const filled = sources.filter((_, index) => (options.files[index]?.records ?? 0) > 0)
    await options.duckdb.run(jsonRelationSql(options.name, input, filled, 'shaped'))
  } finally {
    // The table has the records; free the disk space for the rest of the batch.
    for (const { path } of sources) await rm(path, { force: true })
  }
  return findingsOf(input.unknown === 'warn' ? watch.found() : [])
}

/**
 * @returns the unknown fields, if the input warns of them; undefined if DuckDB cannot read all records of the files, and then
 *   nothing was rejected yet
 */
async function createFromDelivered(
  options: CreateRelationOptions,
  input: JsonInput,
): Promise<readonly UnknownField[] | undefined> {
  const { name, files, firstFileNo = 1 } = options
  const sources = files
    .map((file, index) => ({ ...file, fileNo: firstFileNo + index }))
    .filter(({ records }) => records > 0)
  if (!(await readAll(options, input, sources))) return undefined
  const unknownFields = (): Promise<readonly UnknownField[]> => findUnknownFields(options.duckdb, input, sources)
  const expected = new Map(sources.map(({ fileNo, records }) => [fileNo, records]))
  const found = await counts(options, quoteIdent(name))
  if (same(found, expected)) return input.unknown === 'warn' ? unknownFields() : []
  const misshapen = misshapenSql(input, sources)
  for (const [fileNo, count] of await counts(options, `(${misshapen})`)) {
    found.set(fileNo, (found.get(fileNo) ?? 0) + count)
  }
  if (!same(found, expected)) return undefined
  const unknown = input.unknown === 'ignore' ? [] : await unknownFields()
  requireKnown(options, input, unknown)
  await rejectMisshapen(options, input, misshapen)
  return unknown
}

/**
 * Refuses the batch if records have fields that the source neither declares nor ignores: the feed has changed.
 *
 * @throws RefusedError with all of them, unless the input says otherwise
 */
function requireKnown(
  { files, name, firstFileNo = 1 }: CreateRelationOptions,
  { unknown: policy = 'stop' }: JsonInput,
  unknown: readonly UnknownField[],
): void {
  const [first] = unknown
  if (policy !== 'stop' || first === undefined) return
  const shown = shownFields(unknown, 'record')
  throw new RefusedError(
    `Expected only declared fields in ${files[first.fileNo - firstFileNo]?.name ?? name}, found ${shown.length} more: ` +
      `${listFields(shown)}. Declare them in the source's input, or name them in ignored: caseload fields lists them.`,
  )
}

/** By the file that has the first field; a name is told once. */
function findingsOf(unknown: readonly UnknownField[]): FindingsByFile {
  const [first] = unknown
  return new Map(first === undefined ? [] : [[first.fileNo, { unknown: shownFields(unknown, 'record'), emptyRows: 0 }]])
}

/** Creates the table of the files, or of copies with quotes around numbers; false if DuckDB cannot read them. */
async function readAll(
  { duckdb, name, workFolder }: CreateRelationOptions,
  input: JsonInput,
  sources: readonly (ScannedFile & { readonly fileNo: number })[],
): Promise<boolean> {
  const read: JsonSource[] = []
  const copies: string[] = []
  try {
    for (const file of sources) {
      if (file.respeltNumbers !== true) {
        read.push(file)
        continue
      }
      const path = join(workFolder, `caseload-${file.fileNo}.json`)
      copies.push(path)
      if (!(await quoteNumbers(file, path))) return false
      // Quotes can double the length of a record.
      read.push({ ...file, path, gzip: false, longestRecord: 2 * file.longestRecord })
    }
    await duckdb.run(jsonRelationSql(name, input, read, 'delivered'))
    return true
  } catch (error) {
    if (isAboutData(error)) return false
    throw error
  } finally {
    for (const path of copies) await rm(path, { force: true })
  }
}

/** Number of records by file number. */
async function counts({ duckdb }: CreateRelationOptions, relation: string): Promise<Map<number, number>> {
  const rows = await duckdb.rows(`select file_no, count(*) as records from ${relation} group by file_no`)
  return new Map(rows.map(row => [Number(row['file_no']), Number(row['records'])]))
}

function same(some: ReadonlyMap<number, number>, others: ReadonlyMap<number, number>): boolean {
  return some.size === others.size && [...some].every(([fileNo, count]) => others.get(fileNo) === count)
}

async function rejectMisshapen(
  { duckdb, onReject }: CreateRelationOptions,
  { record: shape }: JsonInput,
  sql: string,
): Promise<void> {
  for await (const batch of duckdb.stream(sql)) {
    for (let row = 0; row < batch.numRows; row++) {
      const fileNo = Number(batch.getChild('file_no')?.get(row))
      const recordNo = Number(batch.getChild('record_no')?.get(row))
      const record = String(batch.getChild('record')?.get(row))
      const value: unknown = JSON.parse(record)
      await onReject({ fileNo, recordNo, rule: 'shape', reason: explainShape(value, shape), row: record })
    }
  }
}
