import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAboutData } from '../platform/duckdb-error.ts'
import type { JsonInput } from '../source/inputs.ts'
import { quoteIdent } from '../platform/sql.ts'
import { cleanJson } from './json-normalise.ts'
import { jsonRelationSql, type JsonSource, misshapenSql } from './json-relation.ts'
import { quoteNumbers } from './json-quoted.ts'
import { explainShape, refuseUnknown } from './json-shape.ts'
import type { RelateParts } from './create-relation.ts'
import type { ScannedFile } from './scan-file.ts'

/**
 * Bytes of a record up to which DuckDB looks at its shape. It parses the record anew for every part of the shape and keeps
 * all of these until it has seen 2,048 records: one of 3 MB and three fields took more than 256 MB.
 */
const longestShaped = 1 << 18

/** Makes a table of JSON files, see `relate`. Falls back by itself to clean copies where DuckDB cannot read the files. */
export async function relateJson(parts: RelateParts, input: JsonInput): Promise<void> {
  const isPlain = parts.files.every(file => !file.irregular && file.longestRecord <= longestShaped)
  const direct = parts.how === 'direct' && isPlain
  if (direct && (await relateDelivered(parts, input))) return
  const sources: JsonSource[] = []
  try {
    for (const [index, file] of parts.files.entries()) {
      const fileNo = (parts.firstFileNo ?? 1) + index
      const path = join(parts.workFolder, `caseload-${fileNo}.ndjson`)
      const clean = await cleanJson({ file, fileNo, shape: input.record, path, onReject: parts.onReject })
      sources.push({ ...clean, fileNo, layout: 'lines', gzip: false })
    }
    const filled = sources.filter((_, index) => (parts.files[index]?.records ?? 0) > 0)
    await parts.duckdb.run(jsonRelationSql(parts.name, input, filled, 'shaped'))
  } finally {
    // The table holds it all now, and disk space is the batch's.
    for (const { path } of sources) await rm(path, { force: true })
  }
}

/** @returns false if DuckDB cannot read the files, or not every record of them; then nothing was rejected yet */
async function relateDelivered(parts: RelateParts, input: JsonInput): Promise<boolean> {
  const { name, files, firstFileNo = 1 } = parts
  const sources = files
    .map((file, index) => ({ ...file, fileNo: firstFileNo + index }))
    .filter(({ records }) => records > 0)
  if (!(await readAll(parts, input, sources))) return false
  const expected = new Map(sources.map(({ fileNo, records }) => [fileNo, records]))
  const related = await counts(parts, quoteIdent(name))
  if (same(related, expected)) return true
  const misshapen = misshapenSql(input, sources)
  for (const [fileNo, count] of await counts(parts, `(${misshapen})`)) {
    related.set(fileNo, (related.get(fileNo) ?? 0) + count)
  }
  if (!same(related, expected)) return false
  await rejectMisshapen(parts, input, misshapen)
  return true
}

/** Makes the table of the files, or of copies with quotes around numbers; false if that cannot be done. */
async function readAll(
  { duckdb, name, workFolder }: RelateParts,
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
      // Every number can get two quotes.
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

/** Records by file. */
async function counts({ duckdb }: RelateParts, relation: string): Promise<Map<number, number>> {
  const rows = await duckdb.rows(`select file_no, count(*) as records from ${relation} group by file_no`)
  return new Map(rows.map(row => [Number(row['file_no']), Number(row['records'])]))
}

function same(some: ReadonlyMap<number, number>, others: ReadonlyMap<number, number>): boolean {
  return some.size === others.size && [...some].every(([fileNo, count]) => others.get(fileNo) === count)
}

async function rejectMisshapen(
  { duckdb, files, name, onReject, firstFileNo = 1 }: RelateParts,
  { record: shape }: JsonInput,
  sql: string,
): Promise<void> {
  for await (const batch of duckdb.stream(sql)) {
    for (let row = 0; row < batch.numRows; row++) {
      const fileNo = Number(batch.getChild('file_no')?.get(row))
      const recordNo = Number(batch.getChild('record_no')?.get(row))
      const record = String(batch.getChild('record')?.get(row))
      const value: unknown = JSON.parse(record)
      refuseUnknown(value, shape, files[fileNo - firstFileNo]?.name ?? name, recordNo)
      await onReject({ fileNo, recordNo, rule: 'shape', reason: explainShape(value, shape), row: record })
    }
  }
}
