import { commaWords } from './decimal-commas.ts'
import type { Mapping } from './mapping.ts'
import type { NestingLevel } from './nesting-levels.ts'
import { columnSynonyms, plainName, readingSynonyms } from './synonyms.ts'

/** What the user must still map by hand. Names of columns, never a value. */
export interface RemainingWork {
  /** Required columns that nothing fills, as `visits.visit_id`. */
  readonly missing: readonly string[]
  /** Columns whose name matches a column of a table and whose values do not, as `sex as patients.gender: is ...`. */
  readonly misfits: readonly string[]
  /** Dates whose day and month the sample does not tell apart, as `dob as patients.birth_date: read as ...`. */
  readonly ambiguous: readonly string[]
  /** Numbers with commas, as `measurements.value: result is read with a decimal comma, ...`. */
  readonly commas: readonly string[]
}

/** Required columns without a value, and columns whose values do not fit. */
export function remainingWork(mappings: readonly Mapping[]): RemainingWork {
  return {
    missing: mappings.flatMap(({ contract, values }) =>
      [...values].flatMap(([column, value]) => (value.kind === 'absent' ? [`${contract.table}.${column}`] : [])),
    ),
    misfits: mappings.flatMap(({ contract, misfits }) =>
      misfits.map(({ target, column, words }) => `${column.name} as ${contract.table}.${target}: ${words}`),
    ),
    ambiguous: mappings.flatMap(mapping =>
      ambiguousDates(mapping).map(({ target, words }) => `${mapping.contract.table}.${target}: ${words}`),
    ),
    commas: mappings.flatMap(commaLines),
  }
}

/** Columns of one mapping whose dates can be read in two ways, as sentences without a value. */
export function ambiguousDates({ values }: Mapping): readonly { readonly target: string; readonly words: string }[] {
  return [...values].flatMap(([target, value]) => {
    if (value.kind !== 'column' || typeof value.as !== 'object' || value.as.kind !== 'date') return []
    const { formats, other } = value.as
    if (other === undefined) return []
    const words = `read as ${formats[0] ?? ''}, and may be ${other}: no day in the sample is over 12`
    return [{ target, words: `${value.column.name} is ${words}` }]
  })
}

/** Columns of one mapping whose numbers have commas, as sentences without a value. */
export function commaColumns({
  commas,
}: Pick<Mapping, 'commas'>): readonly { readonly target: string; readonly words: string }[] {
  return commas.flatMap(({ target, column, commas: meaning }) => {
    const words = commaWords(column.name, meaning)
    return words === undefined ? [] : [{ target, words }]
  })
}

/** The same, as `measurements.value: result is read with a decimal comma, ...`. */
export function commaLines(mapping: Pick<Mapping, 'commas' | 'contract'>): readonly string[] {
  return commaColumns(mapping).map(({ target, words }) => `${mapping.contract.table}.${target}: ${words}`)
}

/** The columns of each level that fill no table. */
export function unmappedColumns(
  levels: readonly NestingLevel[],
  mappings: readonly Mapping[],
): ReadonlyMap<NestingLevel, readonly string[]> {
  const used = mappings.flatMap(({ values, readings, misfits }) => [
    ...[...values.values()].flatMap(value => (value.kind === 'column' ? [value.column] : [])),
    ...readings.map(({ column }) => column),
    ...misfits.map(({ column }) => column),
  ])
  return new Map(
    levels.map(level => [level, level.columns.filter(column => !used.includes(column)).map(column => column.name)]),
  )
}

/**
 * Explains why columns that look like readings fill no measurements. A reading needs a patient and a time, in its own
 * record or list element or in one above it.
 *
 * @param levels of all samples
 * @returns a sentence per level that has such columns; none if measurements are filled
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
      `No measurements are made from ${names.join(', ')} (${name}): a reading needs a patient (patient_id) and a time with its ` +
        'date (measured_at, timestamp) in its own record or in one above it. Map the fields of an inner object by hand.',
    ]
  })
}

const valueNames = ['value', ...(columnSynonyms['value']?.strong ?? []), ...(columnSynonyms['type']?.strong ?? [])]

/** Compares the last part of the path, so that `vitals.pulse` looks like a reading too. */
function looksLikeReading(path: readonly string[]): boolean {
  const word = plainName(path.at(-1) ?? '')
  return Object.hasOwn(readingSynonyms, word) || valueNames.includes(word)
}
