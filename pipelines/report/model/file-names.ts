import type { SourceEntry } from '../../operate/dictionary/entries.ts'
import { transformerOf } from '../../source/batch.ts'
import type { RunFileRow } from './read-ledger.ts'

/**
 * The name by which a report knows a delivered file: a person may have put the name of a patient into it, so it is the pattern
 * of its input, or, where the source is not installed, the input's name.
 */
export function patternOf(sources: readonly SourceEntry[]): (source: string, file: RunFileRow) => string {
  const patterns = new Map(
    sources.flatMap(({ name, inputs }) =>
      inputs.map(input => [`${name} ${input.name}`, input.files.join(', ')] as const),
    ),
  )
  return (source, file) => patterns.get(`${transformerOf(source)} ${file.input}`) ?? file.input
}
