/**
 * Files that one call of a DuckDB table function reads. One call per file made the plan too large: 3,000 files took 856
 * MB, and 1,200 normalised files more than 100 s, because one statement over all files counted each of them.
 */
export interface FileGroup<T> {
  /** At least one. */
  readonly files: readonly T[]
}

/** A file of a group: its number in the batch and its number of records. */
export interface GroupedFile {
  readonly fileNo: number
  readonly records: number
}

/**
 * Limit of a group: DuckDB builds both lists of {@link placeIn} again for every chunk, and each small file is a chunk.
 */
const mostTogether = 256

/**
 * Groups files that one call can read, in their order.
 *
 * @param likeness the files of a group have the same value
 */
export function groupFiles<T>(files: readonly T[], likeness: (file: T) => string): readonly FileGroup<T>[] {
  const full: FileGroup<T>[] = []
  const open = new Map<string, T[]>()
  for (const file of files) {
    const key = likeness(file)
    const group = open.get(key)
    if (group !== undefined && group.length < mostTogether) {
      group.push(file)
      continue
    }
    const begun = [file]
    open.set(key, begun)
    full.push({ files: begun })
  }
  return full
}

/** SQL expressions for the number of a row's file, and for its record number in that file, both from 1. */
export interface PlaceSql {
  readonly fileNo: string
  readonly recordNo: string
}

/**
 * The file and record number of rows that DuckDB reads in the order of the files. If DuckDB reads a wrong number of
 * records from a file, the numbers in later files are wrong; then the count of that file does not balance, and the
 * batch fails.
 */
export function placeIn({ files }: FileGroup<GroupedFile>): PlaceSql {
  const [first, ...others] = files
  if (first === undefined || others.length === 0) {
    return { fileNo: String(first?.fileNo ?? 0), recordNo: 'row_number() over ()' }
  }
  let before = 0
  const offsets = files.map(({ records }) => {
    const offset = before
    before += records
    return offset
  })
  const fileNos = files.map(({ fileNo }) => fileNo)
  return {
    fileNo: nth(fileNos, 'integer'),
    recordNo: `row_number() over () - ${nth(offsets, 'bigint')}`,
  }
}

/** `file_index` is DuckDB's position of the file in the list, from 0. */
function nth(numbers: readonly number[], type: 'integer' | 'bigint'): string {
  return `list_extract([${numbers.join(', ')}]::${type}[], file_index::bigint + 1)`
}
