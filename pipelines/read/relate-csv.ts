import { join } from 'node:path'
import type { CsvInput } from '../inputs.ts'
import { cleanCsv } from './csv-clean.ts'
import { readHeader } from './csv-header.ts'
import { cleanPart, csvRelationSql, directPart } from './csv-relation.ts'
import { encodingOf } from './encoding.ts'
import { isParquet } from './parquet-metadata.ts'
import { parquetPart } from './parquet-relation.ts'
import type { RelateParts } from './relate.ts'

/** Makes a view of CSV files and of Parquet files with the same columns, see `relate`. */
export async function relateCsv(parts: RelateParts, input: CsvInput): Promise<void> {
  const { duckdb, name, files, how, workFolder, onReject, firstFileNo = 1 } = parts
  const isPlain = encodingOf(input.encoding).kind === 'utf-8' && input.trailer === undefined
  const headers = await Promise.all(files.map(async file => (isParquet(file) ? undefined : readHeader(file, input))))
  const selects: string[] = []
  for (const [index, file] of files.entries()) {
    const fileNo = firstFileNo + index
    const header = headers[index]
    if (header === undefined) {
      selects.push(await parquetPart(duckdb, input, file, fileNo))
      continue
    }
    if (how === 'direct' && isPlain && !file.irregular) {
      if (file.records > 0) selects.push(directPart(input, file, fileNo, header))
      continue
    }
    const path = join(workFolder, `caseload-${fileNo}.csv`)
    const clean = await cleanCsv({ file, fileNo, input, header, path, onReject })
    if (clean.records > 0) selects.push(cleanPart(input, clean, fileNo, header))
  }
  await duckdb.run(csvRelationSql(name, input, selects))
}
