import { join } from 'node:path'
import pLimit from 'p-limit'
import type { CsvInput } from '../source/inputs.ts'
import { cleanCsv } from './csv-normalise.ts'
import { type CsvHeader, readHeader } from './csv-header.ts'
import { cleanParts, type CopiedFile, csvRelationSql, type DirectFile, directParts } from './csv-relation.ts'
import { encodingOf } from '../platform/encoding.ts'
import { isParquet } from './parquet-metadata.ts'
import { parquetPart } from './parquet-relation.ts'
import type { RelateParts } from './create-relation.ts'
import type { ScannedFile } from './scan-file.ts'

/** Makes a view of CSV files and of Parquet files with the same columns, see `relate`. */
export async function relateCsv(parts: RelateParts, input: CsvInput): Promise<void> {
  const { duckdb, name, files, how, workFolder, onReject, firstFileNo = 1 } = parts
  const isPlain = encodingOf(input.encoding).kind === 'utf-8' && input.trailer === undefined
  const headers = await readHeaders(files, input)
  const direct: DirectFile[] = []
  const copied: CopiedFile[] = []
  const parquet: string[] = []
  for (const [index, file] of files.entries()) {
    const fileNo = firstFileNo + index
    const { records } = file
    if (file.isBlank) continue
    const header = headers[index]
    if (header === undefined) {
      parquet.push(await parquetPart(duckdb, input, file, fileNo, workFolder))
      continue
    }
    if (how === 'direct' && isPlain && !file.irregular) {
      if (records > 0) direct.push({ file, fileNo, records, header })
      continue
    }
    const path = join(workFolder, `caseload-${fileNo}.csv`)
    const clean = await cleanCsv({ file, fileNo, input, header, path, onReject })
    if (clean.records > 0) copied.push({ clean, fileNo, records, header })
  }
  const selects = [...directParts(input, direct), ...cleanParts(input, copied), ...parquet]
  await duckdb.run(csvRelationSql(name, input, selects))
}

/** Header lines read at once; each holds a file open and a buffer of 1 MiB. */
const parallelHeaders = 4

/** @returns undefined for a Parquet file, which says its columns itself, and for one that has none */
async function readHeaders(
  files: readonly ScannedFile[],
  input: CsvInput,
): Promise<readonly (CsvHeader | undefined)[]> {
  const limit = pLimit(parallelHeaders)
  return Promise.all(
    files.map(async file => (isParquet(file) || file.isBlank ? undefined : limit(() => readHeader(file, input)))),
  )
}
