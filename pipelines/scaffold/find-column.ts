import type { Contract, ContractColumn } from '../contract/contract.ts'
import { allContracts } from '../contract/tables/contracts.ts'
import { takesNumbers } from './decimal-commas.ts'
import { type GuessParts, isPartOfVisit, type Mapping, type Misfit, type Reading, type Value } from './mapping.ts'
import { levelPath, type NestingLevel, type SourceColumn } from './nesting-levels.ts'
import { columnSynonyms, distinctiveColumns, plainName, tableSynonyms } from './synonyms.ts'

/** The table that owns an id, and whose files may call it just `id`. */
const homes: Readonly<Record<string, string>> = {
  patient_id: 'patients',
  visit_id: 'visits',
  device_id: 'devices',
  diagnosis_no: 'diagnoses',
}

/** The resource of FHIR that an id refers to. */
const resources: Readonly<Record<string, string>> = {
  patient_id: 'Patient',
  visit_id: 'Encounter',
  device_id: 'Device',
}

/** True if the name of a level, of the source or of the sample says that its rows are those of a table. */
export function isAbout({ asked, about }: GuessParts, level: NestingLevel, table: string): boolean {
  if (asked.includes(table) && level.list === undefined) return true
  const names = level.list === undefined ? [level.name, ...about] : [level.list.path.at(-1) ?? '']
  const words = tableSynonyms[table] ?? [plainName(table)]
  return names.some(name => words.some(word => plainName(name).includes(word)))
}

/** Which names of `columnSynonyms` count. */
export type Strength = 'strong' | 'weak' | 'last'

/** What was found so far for one table at one level; {@link findColumn} adds to both. */
export interface Notes {
  readonly used: Set<SourceColumn>
  readonly misfits: Misfit[]
}

/**
 * Finds a column of the sample whose name matches a column of a table and whose values keep its contract.
 *
 * @param strength which names count; the weak and the last ones count only at a level that is about the table
 */
export async function findColumn(
  parts: GuessParts,
  contract: Contract,
  level: NestingLevel,
  target: ContractColumn,
  strength: Strength,
  { used, misfits }: Notes,
): Promise<Value | undefined> {
  const inherits =
    contract.key.includes(target.name) || contract.references.some(({ columns }) => columns.includes(target.name))
  const places = inherits ? [...levelPath(level)].reverse() : [level]
  for (const place of places) {
    const home = homes[target.name] ?? contract.table
    if (strength !== 'strong' && !isAbout(parts, place, home)) continue
    for (const column of place.columns) {
      const to = strength === 'strong' ? referredResource(column, target.name) : undefined
      if (used.has(column)) continue
      if (to === undefined && !isCalled(column, target.name, strength, parts, place, contract)) continue
      if (belongsElsewhere(column, place, contract.table)) continue
      const isReadingType = contract.table === 'measurements' && target.name === 'type'
      const plain: Reading = to !== undefined ? { kind: 'reference', to } : target.name === 'gender' ? 'gender' : 'is'
      const { as, words } = await fitted(parts, place, column, target, plain)
      const fault = words ?? (isReadingType ? await parts.kindFault(place, column) : undefined)
      if (fault === undefined) {
        used.add(column)
        return { kind: 'column', level: place, column, as }
      }
      misfits.push({ target: target.name, column, words: fault })
    }
  }
  return undefined
}

/**
 * How a column is read, as it is, with a decimal comma or as a date of another form, and what is wrong with its values all the
 * same.
 */
export async function fitted(
  parts: GuessParts,
  place: NestingLevel,
  column: SourceColumn,
  target: ContractColumn,
  as: Reading,
): Promise<{ readonly as: Reading; readonly words: string | undefined }> {
  // Before the values as they are: a few commas among whole numbers are no misfit, and would go to quarantine.
  if (as === 'is' && takesNumbers(target) && (await parts.commas(place, column)) === 'decimal') {
    const comma = { kind: 'comma', of: 'is' } as const
    if ((await parts.misfit(place, column, target, comma)) === undefined) return { as: comma, words: undefined }
  }
  const words = await parts.misfit(place, column, target, as)
  const date = words === undefined || as !== 'is' ? undefined : await parts.dateReading(place, column, target)
  if (date === undefined || (await parts.misfit(place, column, target, date)) !== undefined) return { as, words }
  return { as: date, words: undefined }
}

/** The resource that `subject.reference` refers to as a patient's id; undefined for a column that is no reference. */
function referredResource({ path }: SourceColumn, target: string): string | undefined {
  const [last, ...before] = [...path].reverse()
  const names = [plainName(target), ...(columnSynonyms[target]?.strong ?? [])]
  const isReference = last === 'reference' && names.includes(plainName(before.reverse().join('')))
  return isReference ? resources[target] : undefined
}

/**
 * True if a name that suffices for a column of this table means a column of the table that the file is called after: an
 * `icd_code` in a file of procedures is the code of a procedure, unless the file has another one.
 */
function belongsElsewhere(column: SourceColumn, level: NestingLevel, table: string): boolean {
  const own = namedTable(level)
  if (own === undefined || own === table) return false
  const word = plainName(column.path.join(''))
  return Object.entries(columnSynonyms).some(
    ([name, { strong, weak = [] }]) =>
      (distinctiveColumns[own] ?? []).includes(name) &&
      weak.includes(word) &&
      !level.columns.some(one => [plainName(name), ...strong].includes(plainName(one.path.join('')))),
  )
}

/** The table that a file or a list is called after, by the last word that names one: `patient_contacts` are contacts. */
export function namedTable(level: NestingLevel): string | undefined {
  const name = plainName(level.list?.path.at(-1) ?? level.name)
  const ends = allContracts().flatMap(({ table }) =>
    (tableSynonyms[table] ?? [plainName(table)]).flatMap(word => {
      const at = name.lastIndexOf(word)
      return at < 0 ? [] : [{ table, end: at + word.length, length: word.length }]
    }),
  )
  return ends.sort((a, b) => b.end - a.end || b.length - a.length)[0]?.table
}

function isCalled(
  column: SourceColumn,
  target: string,
  strength: Strength,
  parts: GuessParts,
  level: NestingLevel,
  { table }: Contract,
): boolean {
  const { strong = [], weak = [], last = [] } = columnSynonyms[target] ?? {}
  const words = { strong: [plainName(target), ...strong], weak, last }[strength]
  // A list of single values has one column, with the name of the list.
  if (column.path.length === 0)
    return words.includes(plainName(column.name)) || isOnlyValue(parts, level, table, target)
  const [first = '', ...rest] = column.path
  const names = [plainName(column.path.join(''))]
  const about = [...(tableSynonyms[table] ?? []), ...(tableSynonyms[homes[target] ?? ''] ?? [])]
  if (rest.length > 0 && about.some(word => plainName(first).includes(word))) names.push(plainName(rest.join('')))
  return names.some(name => words.includes(name))
}

function isOnlyValue(parts: GuessParts, level: NestingLevel, table: string, target: string): boolean {
  return distinctiveColumns[table]?.[0] === target && isAbout(parts, level, table)
}

/**
 * The value of a column that no column of the sample fills: a position in a list, a constant, or `absent`.
 *
 * @param earlier the mappings of other tables
 * @returns undefined for an optional column
 */
export function placeholderFor(
  { table, references }: Contract,
  level: NestingLevel,
  { name, nullable, absent }: ContractColumn,
  earlier: readonly Mapping[],
): Value | undefined {
  const parent = references.map(one => one.table).find(one => name === `${singular(one)}_no`)
  if (parent !== undefined) {
    const place = earlier.find(one => one.contract.table === parent)?.level
    if (place !== undefined && levelPath(level).includes(place)) return { kind: 'position', level: place }
  }
  if (name === 'diagnosis_id' && !isPartOfVisit(level, earlier)) return { kind: 'path' }
  if (nullable || absent !== undefined) return undefined
  if (name === 'device_id') return { kind: 'constant', text: '' }
  if (name === 'reading_no') return { kind: 'constant', text: '0' }
  if (name === `${singular(table)}_no` || (table === 'patient_contacts' && name === 'contact_no')) {
    return { kind: 'position', level }
  }
  if (['treatment_id', 'procedure_id'].includes(name)) return { kind: 'path' }
  return { kind: 'absent' }
}

function singular(table: string): string {
  if (table === 'diagnoses') return 'diagnosis'
  return table.replace(/ies$/, 'y').replace(/s$/, '')
}
