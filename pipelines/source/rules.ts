import { existsSync } from 'node:fs'
import { columnsOf, type Contract } from '../contract/contract.ts'
import type { TableDeclaration } from '../contract/declare.ts'
import { type RowRule, readRules, type RulesByTable, shippedRules } from '../contract/row-rules.ts'
import { checkNames } from '../contract/check-names.ts'
import { columnRules, type RuleActions } from '../contract/rule-actions.ts'
import { ruleFaults, rulesOfRows } from '../contract/rule-faults.ts'
import { allContracts, contractsOf } from '../contract/tables/contracts.ts'
import { UsageError } from '../platform/errors.ts'
import { didYouMean } from '../platform/nearest.ts'

/**
 * Loads the rules across columns of a project, `<table>/<name>.sql`. Whether DuckDB takes their SQL shows when a batch is
 * checked.
 *
 * @param folder absolute; it may be absent
 * @param declared the tables of the project
 * @throws UsageError naming the file and what is wrong in it
 */
export function loadRules(folder: string, declared: ReadonlyMap<string, TableDeclaration>): RulesByTable {
  if (!existsSync(folder)) return new Map()
  const contracts = contractsOf({ declared })
  const rules = readRules(folder)
  for (const [table, ofTable] of rules) {
    const contract = contracts.find(one => one.table === table)
    for (const rule of ofTable) {
      if (contract === undefined) throw new UsageError(`${rule.origin} is a rule of ${table}, which is not a table.`)
      requireName(rule, contract)
      requireColumns(rule, contract)
    }
  }
  return rules
}

/**
 * Checks that every rule and quality check that the project's configuration changes exists, and may be changed so.
 *
 * @param nameOf names a key of the configuration in a message
 * @throws UsageError naming the first that is wrong
 */
export function requireChangedRules(actions: RuleActions, nameOf: (key: string) => string): void {
  if (Object.keys(actions).length === 0) return
  const contracts = allContracts()
  const [fault] = ruleFaults(actions, contracts, checkNames(contracts))
  if (fault !== undefined) throw new UsageError(`${nameOf(fault)}.`)
}

/** A name tells a rule from the others of its table, in `rules` of a source and in counts. */
function requireName({ name, origin }: RowRule, contract: Contract): void {
  const refuse = (what: string): never => {
    throw new UsageError(`${origin}: ${what} Give the file another name.`)
  }
  const columns = columnsOf(contract)
  if (shippedRules(contract.table).some(rule => rule.name === name)) {
    refuse(`Caseload ships a rule of that name for ${contract.table}, which stays as it is.`)
  }
  if (columns.some(column => column.name === name)) refuse(`${contract.table} has a column of that name.`)
  if (rulesOfRows.includes(name) || columns.some(column => columnRules(column).includes(name))) {
    refuse(`${name} is a rule of the engine.`)
  }
}

function requireColumns({ origin, columns, nulls }: RowRule, contract: Contract): void {
  const names = Object.keys(contract.shape)
  const strange = [...columns, ...nulls].find(name => !names.includes(name))
  if (strange === undefined) return
  const place = columns.includes(strange) ? `compares row.${strange}` : `names ${strange} in its line "nulls"`
  throw new UsageError(
    `${origin} ${place}, and ${contract.table} has no such column.${didYouMean(strange, names)} It has ${names.join(', ')}.`,
  )
}
