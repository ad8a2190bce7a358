import { join } from 'node:path'
import pLimit from 'p-limit'
import type { CsvInput } from '../source/inputs.ts'
import { normaliseCsv } from './csv-normalise.ts'
import { type CsvHeader, readHeader } from './csv-header.ts'
import { normalisedSelects, type CopiedFile, csvRelationSql, type DirectFile, directSelects } from './csv-relation.ts'
import { encodingOf } from '../platform/encoding.ts'
import { isParquet } from './parquet-metadata.ts'
import { parquetSelect } from './parquet-relation.ts'
import type { CreateRelationOptions, FileFindings, FindingsByFile } from './create-relation.ts'
import type { ScannedFile } from './scan-file.ts'

/** Creates a view of CSV files, and of Parquet files with the same columns, see `createRelation`. */
export async function createRelationCsv(options: CreateRelationOptions, input: CsvInput): Promise<FindingsByFile> {
  const { duckdb, name, files, how, workFolder, onReject, firstFileNo = 1 } = options
  const isPlain = encodingOf(input.encoding).kind === 'utf-8' && input.trailer === undefined
  const headers = await readHeaders(files, input)
  const direct: DirectFile[] = []
  const copied: CopiedFile[] = []
  const parquet: string[] = []
  const findings = new Map<number, FileFindings>()
  for (const [index, file] of files.entries()) {
    const fileNo = firstFileNo + index
    const { records } = file
    if (file.isBlank) continue
    const header = headers[index]
    if (header === undefined) {
      const { sql, unknown } = await parquetSelect(duckdb, input, file, fileNo, workFolder)
      parquet.push(sql)
      findings.set(fileNo, { unknown, emptyRows: 0 })
      continue
    }
    const { unknown, nameless } = header
    findings.set(fileNo, { unknown, emptyRows: 0 })
    if (how === 'direct' && isPlain && !file.irregular && nameless.length === 0) {
      if (records > 0) direct.push({ file, fileNo, records, header })
      continue
    }
    const path = join(workFolder, `caseload-${fileNo}.csv`)
    const copy = await normaliseCsv({ file, fileNo, input, header, path, onReject })
    findings.set(fileNo, { unknown, emptyRows: copy.emptyRows })
    if (copy.records > 0) copied.push({ copy, fileNo, records, header })
  }
  const selects = [...directSelects(input, direct), ...normalisedSelects(input, copied), ...parquet]
  await duckdb.run(csvRelationSql(name, input, selects))
  return findings
}

/** Headers read in parallel; each needs an open file and a buffer of 1 MiB. */
const parallelHeaders = 4

/** @returns undefined for a Parquet file and for a blank file */
async function readHeaders(
  files: readonly ScannedFile[],
  input: CsvInput,
): Promise<readonly (CsvHeader | undefined)[]> {
  const limit = pLimit(parallelHeaders)
  return Promise.all(
    files.map(async file => (isParquet(file) || file.isBlank ? undefined : limit(() => readHeader(file, input)))),
  )
}
