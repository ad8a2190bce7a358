/**
 * Files that one table function of DuckDB's reads together. A relation of its own for each file made the plan grow: 3,000
 * files took 856 MB, and 1,200 that had to be cleaned more than 100 s, since each was counted by a statement over all.
 */
export interface FileGroup<T> {
  /** At least one. */
  readonly files: readonly T[]
}

/** A file of a group: its number in the batch, and how many records it has. */
export interface GroupedFile {
  readonly fileNo: number
  readonly records: number
}

/** DuckDB makes both lists of {@link placeIn} anew for every chunk, and a small file is a chunk. */
const mostTogether = 256

/**
 * Groups files that can be read alike, in their order.
 *
 * @param likeness what has to be the same within a group
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

/** SQL expressions that say of a row of a group which file it is from, and its number there, both from 1. */
export interface PlaceSql {
  readonly fileNo: string
  readonly recordNo: string
}

/**
 * The place of rows that DuckDB reads in the order of the files. A file that has not the records it should shifts the
 * numbers of later ones; then the count of its own records does not balance either, and nothing of it is published.
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

/** `file_index` is DuckDB's own number of the file in its list, from 0. */
function nth(numbers: readonly number[], type: 'integer' | 'bigint'): string {
  return `list_extract([${numbers.join(', ')}]::${type}[], file_index::bigint + 1)`
}
