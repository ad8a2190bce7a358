import type { Contract, ContractColumn } from '../contract/contract.ts'
import { levelPath } from './level-sql.ts'
import type { NestingLevel } from './nesting-levels.ts'
import type { Mapping, Value } from './mapping.ts'

/**
 * What fills a column that no column of the sample does: a place in a list, a constant, or nothing that is known yet.
 *
 * @param earlier what other tables are filled from
 * @returns undefined for a column that may be left empty
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
