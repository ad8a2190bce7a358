import { readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { openDuckDB, type DuckDB } from '../../pipelines/platform/duckdb.ts'
import type { Input } from '../../pipelines/source/inputs.ts'
import { createRelation, type CreateRelationOptions } from '../../pipelines/read/create-relation.ts'
import type { RejectedRecord } from '../../pipelines/read/rejected-record.ts'
import { scanFile, type ScannedFile } from '../../pipelines/read/scan-file.ts'

/** The scan, the relation and the rejected records of some files. */
export interface ReadResult {
  readonly scanned: readonly ScannedFile[]
  /** In the order of files and records. */
  readonly rows: readonly Record<string, unknown>[]
  readonly rejected: readonly RejectedRecord[]
  /** Undeclared fields that the input warns of, and the number of rows of separators alone. */
  readonly unknown: readonly string[]
  readonly emptyRows: number
}

/** Reads files like the engine: DuckDB can read only the files and a private folder. */
export interface Reader {
  /**
   * Scans files and creates the relation `input`.
   *
   * @param contents of `one.csv`, `two.csv`, ...; gzip and Parquet are recognised by their first bytes
   */
  readonly read: (
    input: Input,
    contents: readonly (string | Buffer)[],
    how?: CreateRelationOptions['how'],
    empty?: 'refuse' | 'allow',
  ) => Promise<ReadResult>
  readonly folder: string
  /** Paths of the normalised copies that exist now. */
  readonly copies: () => readonly string[]
}

const words = ['one', 'two', 'three']
const nameOf = (index: number): string => words[index] ?? `file_${index + 1}`

/**
 * A reader for one test, which removes its folder at the end.
 *
 * @param mostFiles maximum number of files per read
 */
export async function testReader(t: ExecutionContext, memoryLimit = '300MB', mostFiles = 3): Promise<Reader> {
  const folder = await mkdtemp(join(tmpdir(), 'caseload-read-'))
  const workFolder = await mkdtemp(join(tmpdir(), 'caseload-work-'))
  const pathOf = (index: number, gzip: boolean): string => join(folder, `${nameOf(index)}${gzip ? '.gz' : ''}`)
  const allowedPaths = Array.from({ length: mostFiles }, (_, index) => [
    pathOf(index, false),
    pathOf(index, true),
  ]).flat()
  const duckdb = await openDuckDB({ memoryLimit, threads: 2, tempDirectory: workFolder, allowedPaths })
  t.teardown(async () => {
    duckdb.close()
    await rm(folder, { recursive: true })
    await rm(workFolder, { recursive: true })
  })
  let written = 0
  let reads = 0
  return {
    folder: workFolder,
    copies: () =>
      readdirSync(workFolder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => join(entry.parentPath, entry.name)),
    read: async (input, contents, how = 'direct', empty = 'refuse') => {
      const scanned = await Promise.all(
        contents.map(async (content, index) => {
          const gzip = typeof content !== 'string' && content[0] === 0x1f && content[1] === 0x8b
          const path = pathOf(index, gzip)
          await writeFile(path, content)
          // DuckDB caches bytes of a file by path and time.
          await utimes(path, ++written, written)
          const ending = Buffer.from(content).subarray(0, 4).equals(Buffer.from('PAR1')) ? '.parquet' : ''
          const name = `source/20230501/${nameOf(index)}${ending}`
          return scanFile({ input: 'input', path, name, gzip }, input, empty)
        }),
      )
      const rejected: RejectedRecord[] = []
      const onReject = (record: RejectedRecord): Promise<void> => {
        rejected.push(record)
        return Promise.resolve()
      }
      // Copies need a new path for the same reason: their times can be equal.
      const copies = join(workFolder, `read-${++reads}`)
      await mkdir(copies)
      const findings = await createRelation({
        duckdb,
        name: 'input',
        input,
        files: scanned,
        workFolder: copies,
        how,
        onReject,
      })
      const found = [...findings.values()]
      return {
        scanned,
        rows: await rowsOf(duckdb),
        rejected,
        unknown: [...new Set(found.flatMap(({ unknown }) => unknown))],
        emptyRows: found.reduce((sum, { emptyRows }) => sum + emptyRows, 0),
      }
    },
  }
}

/** Streams like the engine, so that errors of a record occur at the same point. */
async function rowsOf(duckdb: DuckDB): Promise<readonly Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  const texts = await duckdb.rows('describe input')
  const columns = texts.map(({ column_name: name, column_type: type }) =>
    type === 'VARCHAR' || type === 'BIGINT' || type === 'INTEGER'
      ? `"${String(name)}"`
      : `to_json("${String(name)}")::varchar as "${String(name)}"`,
  )
  for await (const batch of duckdb.stream(`select ${columns.join(', ')} from input order by file_no, record_no`)) {
    for (let row = 0; row < batch.numRows; row++) {
      const names = batch.schema.fields.map(({ name }) => name)
      rows.push(Object.fromEntries(names.map(name => [name, plain(batch.getChild(name)?.get(row))])))
    }
  }
  return rows
}

const plain = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value)

/** By file, the numbers of the records that are in the relation or were rejected. */
export function accounted({ scanned, rows, rejected }: ReadResult): readonly (readonly number[])[] {
  return scanned.map((_, index) => {
    const ofFile = (fileNo: unknown): boolean => fileNo === index + 1
    const inRelation = rows.filter(row => ofFile(row['file_no'])).map(row => Number(row['record_no']))
    const left = rejected.filter(({ fileNo }) => ofFile(fileNo)).map(({ recordNo }) => recordNo)
    return [...inRelation, ...left].sort((a, b) => a - b)
  })
}

/** Record numbers 1 to n for each file. */
export function expected({ scanned }: ReadResult): readonly (readonly number[])[] {
  return scanned.map(({ records }) => Array.from({ length: records }, (_, index) => index + 1))
}
