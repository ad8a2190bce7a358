import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import { RefusedError } from '../errors.ts'
import type { CsvInput } from '../inputs.ts'
import { quoteConstant, quoteIdent } from '../sql.ts'
import type { ScannedFile } from './scan-file.ts'

/**
 * Reads the header line of a CSV file and compares it by name with what the source declares. DuckDB maps columns by
 * position and would take a reordered file without a word.
 *
 * @returns the header's names in the file's own order
 * @throws RefusedError naming what is missing, unknown (by position) or there twice
 */
export async function readHeader(file: ScannedFile, input: CsvInput): Promise<readonly string[]> {
  const packed = createReadStream(file.path)
  const bytes = file.gzip ? packed.pipe(createGunzip()) : packed
  const parser = bytes.pipe(
    parse({ bom: true, delimiter: input.delimiter ?? ',', to_line: 1, relax_column_count: true }),
  )
  const header: string[] = []
  try {
    for await (const row of parser) header.push(...(row as string[]))
  } finally {
    packed.destroy()
  }
  const missing = input.columns.filter(column => !header.includes(column))
  const unknown = header.flatMap((column, index) => (input.columns.includes(column) ? [] : [index + 1]))
  const complaints = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`has a name the source does not declare at column ${unknown.join(', ')}`] : []),
    ...(new Set(header).size < header.length ? ['has a name twice'] : []),
  ]
  if (complaints.length === 0) return header
  throw new RefusedError(
    `Expected the columns ${input.columns.join(', ')} in ${file.name}; its header ${complaints.join(' and ')}.`,
  )
}

/**
 * DuckDB statement that makes a view of CSV files: file_no, record_no (both from 1) and the declared columns as text. A
 * view, so that the rows stream through and are never held.
 *
 * @param headers the header of each file, in the file's own order
 */
export function csvRelationSql(
  name: string,
  input: CsvInput,
  files: readonly ScannedFile[],
  headers: readonly (readonly string[])[],
): string {
  const columns = input.columns.map(quoteIdent).join(', ')
  const parts = files.map((file, index) => {
    const types = (headers[index] ?? []).map(column => `${quoteConstant(column)}: 'VARCHAR'`).join(', ')
    const options = [
      'auto_detect = false',
      'header = true',
      `columns = {${types}}`,
      `delim = ${quoteConstant(input.delimiter ?? ',')}`,
      `quote = '"'`,
      `escape = '"'`,
      'strict_mode = true',
      `max_line_size = ${Math.max(1 << 21, file.longestRecord * 2)}`,
      `compression = '${file.gzip ? 'gzip' : 'none'}'`,
    ]
    const source = `read_csv(${quoteConstant(file.path)}, ${options.join(', ')})`
    return `select ${index + 1} as file_no, row_number() over () as record_no, ${columns} from ${source}`
  })
  return `create view ${quoteIdent(name)} as\n${parts.join('\nunion all ')}`
}
