import { projectChecks, shippedChecks, sourceChecks } from '../../audit/check-file.ts'
import { columnsOf, type Contract, type ContractColumn, postgresType } from '../../contract/contract.ts'
import { engineColumns, ownEngineColumns } from '../../contract/engine-columns.ts'
import type { Source } from '../../source/load-source.ts'
import type { CheckEntry, ColumnEntry, TableEntry } from './entries.ts'
import { fillOf } from './describe-source.ts'
import { rulesOf } from './rules-of-table.ts'

/**
 * What the dictionary says of a table.
 *
 * @param sources all of them; those that fill the table are listed
 */
export function describeTable(contract: Contract, sources: readonly Source[]): TableEntry {
  const { table, grain, key, references } = contract
  const filling = sources.filter(({ transformer }) => transformer.tables.includes(table))
  return {
    kind: 'table',
    name: table,
    schema: 'store',
    grain,
    key: [...key, ...engineColumns.map(({ name }) => name)],
    parents: references.map(({ table, columns, versioned }) => ({ table, columns, versioned })),
    columns: [
      ...columnsOf(contract).map(columnEntry),
      ...ownEngineColumns(table).map(one => ({ ...withoutChecks, nullable: true, ...one })),
      ...engineColumns.map(one => ({ ...withoutChecks, ...one })),
    ],
    rules: rulesOf(contract, filling),
    checks: checksOf(table, filling),
    filled_by: filling.map(source => fillOf(source, table)),
  }
}

const withoutChecks = {
  nullable: false,
  unit: null,
  default: null,
  pattern: null,
  values: null,
  least: null,
  most: null,
  min_length: null,
  max_length: null,
} as const

function columnEntry({ name, nullable, type, phi, description, unit, absent, checks }: ContractColumn): ColumnEntry {
  const entry = { ...withoutChecks, name, type: postgresType(type), nullable, phi, description }
  return checks.reduce<ColumnEntry>(
    (found, check) => {
      switch (check.rule) {
        case 'length':
          return { ...found, min_length: check.min, max_length: check.max }
        case 'pattern':
          // The form of a number, a day or a boolean follows from the type.
          return type.kind === 'text' ? { ...found, pattern: bodyOf(check.pattern) } : found
        case 'one_of':
          return { ...found, values: check.values }
        case 'range':
          return { ...found, least: check.range.min ?? null, most: check.range.max ?? null }
        default:
          return found
      }
    },
    { ...entry, unit: unit ?? null, default: absent ?? null },
  )
}

/** A pattern as its author wrote it, without the anchors. */
const bodyOf = (pattern: string): string => pattern.replace(/^\^\(\?:(.*)\)\$$/s, '$1')

function checksOf(table: string, sources: readonly Source[]): readonly CheckEntry[] {
  const all = [...shippedChecks(), ...projectChecks(), ...sources.flatMap(({ folder }) => sourceChecks(folder))]
  return all
    .filter(check => check.table === table)
    .map(({ name, severity, origin }) => ({ name, table, severity, from: origin }))
}
