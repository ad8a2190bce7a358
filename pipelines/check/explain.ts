import { z } from 'zod'
import type { Contract } from '../contract/contract.ts'
import type { Rule } from './predicates.ts'
import { keyTooLong } from './key-length.ts'
import { rowRules } from '../contract/row-rules.ts'

/**
 * The reason for a rejected row, with all its broken columns: `visit_id is missing; visit_date is no date as
 * yyyy-mm-dd`. It contains names of columns and what was expected, never a delivered value.
 *
 * @param rule the first rule that the row broke, according to the SQL; used for what zod cannot check, such as a local
 *   time that does not exist in the zone
 * @param row the columns that the SELECT yields, as delivered
 */
export function reasonFor(contract: Contract, rule: Rule, row: Readonly<Record<string, string | null>>): string {
  const { schema, reasons } = explainerOf(contract)
  const issues = schema.safeParse(row).error?.issues ?? []
  const words = issues.map(({ path, message }) => `${String(path[0])} ${message}`)
  if (rule.column === null)
    return [reasons.get(rule.rule) ?? `the row breaks the rule ${rule.rule}`, ...words].join('; ')
  const isExplained = issues.some(({ path }) => path[0] === rule.column)
  return [...(isExplained ? [] : [`${rule.column} ${unseen(rule.rule)}`]), ...words].join('; ')
}

/**
 * The reason for one dropped value, without the row's other columns.
 *
 * @param rule the rule that the value broke, according to the SQL
 * @param row as for {@link reasonFor}
 */
export function valueReason(contract: Contract, rule: Rule, row: Readonly<Record<string, string | null>>): string {
  const { schema, reasons } = explainerOf(contract)
  if (rule.column === null) return reasons.get(rule.rule) ?? `the row breaks the rule ${rule.rule}`
  const issue = schema.safeParse(row).error?.issues.find(({ path }) => path[0] === rule.column)
  return `${rule.column} ${issue?.message ?? unseen(rule.rule)}`
}

/** For what zod did not find: it knows no zone, and its row may be masked. */
function unseen(rule: string): string {
  if (rule === 'dst_gap') return 'is a local time that the clocks skipped'
  return rule === 'required' ? 'is missing' : `breaks the rule ${rule}`
}

interface Explainer {
  readonly schema: z.ZodObject
  /** By name of a rule across columns. */
  readonly reasons: ReadonlyMap<string, string>
}

const explainers = new WeakMap<Contract, Explainer>()

function explainerOf(contract: Contract): Explainer {
  const known = explainers.get(contract)
  if (known !== undefined) return known
  // Optional: a column that the SELECT does not yield is not an error of the row.
  const yielded = Object.entries(contract.shape).map(([name, schema]) => [name, schema.optional()] as const)
  const made = {
    schema: z.object(Object.fromEntries(yielded)),
    reasons: new Map([
      [keyTooLong, 'the texts of the key, or of another index of the table, are longer than PostgreSQL can index'],
      ...rowRules(contract.table).map(({ name, reason }) => [name, reason] as const),
    ]),
  }
  explainers.set(contract, made)
  return made
}
