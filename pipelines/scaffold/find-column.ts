import type { Contract, ContractColumn } from '../contract/contract.ts'
import { levelPath } from './level-sql.ts'
import type { NestingLevel, SourceColumn } from './nesting-levels.ts'
import type { GuessParts, Misfit, Value } from './mapping.ts'
import { columnSynonyms, plainName, tableSynonyms, distinctiveColumns } from './synonyms.ts'

/** The table in which an id is a row's own, and so may be called just `id`. */
const homes: Readonly<Record<string, string>> = { patient_id: 'patients', visit_id: 'visits', device_id: 'devices' }

/** Says by the names of a level, of the source and of the sample whether its rows are those of a table. */
export function isAbout({ asked, about }: GuessParts, level: NestingLevel, table: string): boolean {
  if (asked.includes(table) && level.list === undefined) return true
  const names = level.list === undefined ? [level.name, ...about] : [level.list.path.at(-1) ?? '']
  const words = tableSynonyms[table] ?? [plainName(table)]
  return names.some(name => words.some(word => plainName(name).includes(word)))
}

/** Which names of a column count, of those in `columnSynonyms`. */
export type Strength = 'strong' | 'weak' | 'last'

/** What was found so far for one table at one level; {@link findColumn} adds to both. */
export interface Notes {
  readonly used: Set<SourceColumn>
  readonly misfits: Misfit[]
}

/**
 * Finds the column of a sample that is called as a column of a table is, and holds values that it takes.
 *
 * @param strength whether names count that say it by themselves, or those that say it only of a level about that table: the
 *   weak ones, or the last that will do
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
      if (used.has(column) || !isCalled(column, target.name, strength, parts, place, contract)) continue
      const as = target.name === 'gender' ? 'gender' : 'is'
      const isReadingType = contract.table === 'measurements' && target.name === 'type'
      const words =
        (await parts.misfit(place, column, target, as)) ??
        (isReadingType ? await parts.kindFault(place, column) : undefined)
      if (words === undefined) {
        used.add(column)
        return { kind: 'column', level: place, column, as }
      }
      misfits.push({ target: target.name, column, words })
    }
  }
  return undefined
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
  // The weak name of a list's only value is the list's own.
  if (column.path.length === 0)
    return words.includes(plainName(column.name)) || isOnlyValue(parts, level, table, target)
  const [first = '', ...rest] = column.path
  const names = [plainName(column.path.join(''))]
  const about = tableSynonyms[table] ?? []
  if (rest.length > 0 && about.some(word => plainName(first).includes(word))) names.push(plainName(rest.join('')))
  return names.some(name => words.includes(name))
}

function isOnlyValue(parts: GuessParts, level: NestingLevel, table: string, target: string): boolean {
  return distinctiveColumns[table]?.[0] === target && isAbout(parts, level, table)
}
