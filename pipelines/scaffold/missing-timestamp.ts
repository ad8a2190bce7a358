import type { NestingLevel } from './nesting-levels.ts'
import type { Mapping } from './mapping.ts'
import { columnSynonyms, plainName, readingSynonyms } from './synonyms.ts'

/**
 * Says why columns that look like readings became none. A reading needs its patient and its time, in its own record or
 * list element or in what that lies in.
 *
 * @param levels of all samples
 * @param mappings what the tables are filled from
 * @returns a sentence per level that holds such columns; none where measurements are filled
 */
export function missingTimestamps(levels: readonly NestingLevel[], mappings: readonly Mapping[]): readonly string[] {
  if (mappings.some(({ contract }) => contract.table === 'measurements')) return []
  const taken = mappings.flatMap(({ values }) =>
    [...values.values()].flatMap(value => (value.kind === 'column' ? [value.column] : [])),
  )
  return levels.flatMap(({ name, columns }) => {
    const names = columns
      .filter(column => !taken.includes(column) && looksLikeReading(column.path))
      .map(one => one.name)
    if (names.length === 0) return []
    return [
      `No measurements were made of ${names.join(', ')} (${name}): a reading needs a patient (patient_id) and a time with its date ` +
        '(measured_at, timestamp) beside it or above it; what lies in an inner object is mapped by hand.',
    ]
  })
}

const valueWords = ['value', ...(columnSynonyms['value']?.strong ?? []), ...(columnSynonyms['type']?.strong ?? [])]

/** By the last part of the path: `vitals.pulse` looks like one, too. */
function looksLikeReading(path: readonly string[]): boolean {
  const word = plainName(path.at(-1) ?? '')
  return Object.hasOwn(readingSynonyms, word) || valueWords.includes(word)
}
