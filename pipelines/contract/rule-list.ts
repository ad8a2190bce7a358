import type { CheckName } from './check-names.ts'
import { columnsOf, type Contract } from './contract.ts'
import { currentProject } from './current-project.ts'
import {
  checkAction,
  type DeclaredBy,
  findAction,
  namesOfRules,
  type RuleAction,
  type RuleActions,
  ruleKeys,
} from './rule-actions.ts'

/** One rule or quality check of a table, and what happens to a row that breaks it. */
export interface ListedRule {
  readonly table: string
  /** Null for a rule across columns and for a quality check. */
  readonly column: string | null
  readonly rule: string
  readonly kind: 'rule' | 'check'
  /** Null for a quality check that nobody changes: its own severity decides. */
  readonly action: RuleAction['kind'] | null
  readonly reason: string | null
  /** Where the action is declared; `default` if nobody changes it. */
  readonly declaredBy: DeclaredBy
}

/**
 * The rules and quality checks of a table for one source, in the order in which they run.
 *
 * @param declared `rules` of the source; none for the table as the project has it
 * @param checks of `checkNames`
 */
export function listRules(
  contract: Contract,
  declared: RuleActions = {},
  checks: readonly CheckName[] = [],
): readonly ListedRule[] {
  const { table } = contract
  const rules = namesOfRules(table, columnsOf(contract)).map(([column, rule]): ListedRule => {
    const { kind: action, reason = null, by } = findAction(contract, declared, column, rule)
    return { table, column, rule, kind: 'rule', action, reason, declaredBy: by }
  })
  const names = [...new Set(checks.filter(check => check.table === table).map(({ name }) => name))]
  const listed = names.map((rule): ListedRule => {
    const found = checkAction(declared, table, rule)
    const [action, reason] = [found?.kind ?? null, found?.reason ?? null]
    return { table, column: null, rule, kind: 'check', action, reason, declaredBy: found?.by ?? 'default' }
  })
  return [...rules, ...listed]
}

/** A rule, or several under one key, that a source or its project changes. */
export interface ChangedRule {
  /** As it is declared: `birth_in_future`, `visits.facility.length`. */
  readonly rule: string
  readonly action: RuleAction['kind']
  readonly reason: string | null
  readonly declaredBy: 'source' | 'project'
}

/**
 * What a source and its project change, as it is declared. Of the project's, only what concerns a table of the source and what
 * the source does not declare itself.
 *
 * @param contracts of the tables that the source fills
 */
export function changedRules(
  contracts: readonly Contract[],
  declared: RuleActions,
  checks: readonly CheckName[],
): readonly ChangedRule[] {
  const keys = new Set([
    ...contracts.flatMap(contract =>
      namesOfRules(contract.table, columnsOf(contract)).flatMap(([column, rule]) =>
        ruleKeys(contract.table, column, rule),
      ),
    ),
    ...checks.flatMap(({ table, name }) => (table === undefined ? [name] : ruleKeys(table, null, name))),
  ])
  const project = Object.entries(currentProject()?.actions ?? {}).filter(
    ([key]) => keys.has(key) && !Object.hasOwn(declared, key),
  )
  const changed =
    (declaredBy: ChangedRule['declaredBy']) =>
    ([rule, { kind, reason }]: readonly [string, RuleAction]): ChangedRule => ({
      rule,
      action: kind,
      reason: reason ?? null,
      declaredBy,
    })
  return [...Object.entries(declared).map(changed('source')), ...project.map(changed('project'))]
}
