import { checkNames } from '../contract/check-names.ts'
import { type ChangedRule, changedRules } from '../contract/rule-list.ts'
import { contractFor } from '../contract/tables/contracts.ts'
import type { Source } from './load-source.ts'

/** What a source and its project change of the rules and quality checks of its tables. */
export function changedRulesOf({
  transformer,
  folder,
}: Pick<Source, 'transformer' | 'folder'>): readonly ChangedRule[] {
  const contracts = transformer.tables.flatMap(table => contractFor(table) ?? [])
  return changedRules(contracts, transformer.rules, checkNames(contracts, folder))
}
