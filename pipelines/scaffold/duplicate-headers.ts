import { UsageError } from '../platform/errors.ts'
import { requireHeader } from './header.ts'
import { columnSynonyms, plainName } from './synonyms.ts'

const knownWords = new Set(
  Object.entries(columnSynonyms).flatMap(([column, { strong, weak = [], last = [] }]) =>
    [column, ...strong, ...weak, ...last].map(plainName),
  ),
)

/**
 * Refuses a header with one name twice. The name is shown where it is surely one: feeds call columns of our tables so, and
 * no name of the line comes again as a value below.
 *
 * @param records of the file in blocks, without the header; read only where a name stands twice
 * @param file the file's name, for the message
 * @throws UsageError naming both columns by their numbers
 */
export async function requireUniqueHeaders(
  names: readonly string[],
  records: () => AsyncIterable<readonly (readonly string[])[]>,
  file: string,
): Promise<void> {
  const again = names.findIndex((name, index) => names.indexOf(name) !== index)
  const name = names[again]
  if (name === undefined) return
  const repeated = new Set<number>()
  for await (const block of records()) {
    for (const record of block) {
      for (const [index, value] of record.entries()) if (plain(value) === plain(names[index])) repeated.add(index)
    }
  }
  requireHeader({ repeated: repeated.size, alike: 0 }, file)
  const shown = knownWords.has(plainName(name)) ? `, ${JSON.stringify(name)},` : ''
  throw new UsageError(
    `Expected each name once in the first line of ${file}, found that of column ${names.indexOf(name) + 1}${shown} again in column ` +
      `${again + 1}. Rename one of them in the sample, and have the feed name its columns so.`,
  )
}

const plain = (text: string | undefined): string | undefined => text?.trim().toLowerCase()
