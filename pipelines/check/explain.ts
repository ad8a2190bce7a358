import { z } from 'zod'
import type { Contract } from '../contract/contract.ts'
import type { Rule } from './predicates.ts'
import { keyTooLong } from './key-length.ts'
import { rowRules } from '../contract/row-rules.ts'

/**
 * Says in words what is wrong with a rejected row, all broken columns of it: `visit_id is missing; visit_date is no date
 * as yyyy-mm-dd`. Holds names of columns and what was expected, never a delivered value.
 *
 * @param rule the first rule the row broke, which the SQL found; what zod cannot see from one row, such as the zone of a
 *   local time, is said from it
 * @param row the columns that the SELECT yields, as delivered
 */
export function reasonFor(contract: Contract, rule: Rule, row: Readonly<Record<string, string | null>>): string {
  const { schema, reasons } = explainerOf(contract)
  const issues = schema.safeParse(row).error?.issues ?? []
  const words = issues.map(({ path, message }) => `${String(path[0])} ${message}`)
  if (rule.column === null)
    return [reasons.get(rule.rule) ?? `the row breaks the rule ${rule.rule}`, ...words].join('; ')
  const isSaid = issues.some(({ path }) => path[0] === rule.column)
  return [...(isSaid ? [] : [`${rule.column} ${unseen(rule.rule)}`]), ...words].join('; ')
}

/**
 * Says in words why one value is dropped, and nothing of the row's other columns.
 *
 * @param rule the rule it broke, which the SQL found
 * @param row as for {@link reasonFor}
 */
export function valueReason(contract: Contract, rule: Rule, row: Readonly<Record<string, string | null>>): string {
  const { schema, reasons } = explainerOf(contract)
  if (rule.column === null) return reasons.get(rule.rule) ?? `the row breaks the rule ${rule.rule}`
  const issue = schema.safeParse(row).error?.issues.find(({ path }) => path[0] === rule.column)
  return `${rule.column} ${issue?.message ?? unseen(rule.rule)}`
}

/** What zod did not find: it knows no zone, and the row shown to it may be masked. */
function unseen(rule: string): string {
  if (rule === 'dst_gap') return 'is a local time that the clocks skipped'
  return rule === 'required' ? 'is missing' : `breaks the rule ${rule}`
}

interface Explainer {
  readonly schema: z.ZodObject
  /** By name of the rule across columns. */
  readonly reasons: ReadonlyMap<string, string>
}

const explainers = new WeakMap<Contract, Explainer>()

function explainerOf(contract: Contract): Explainer {
  const known = explainers.get(contract)
  if (known !== undefined) return known
  // A column that the SELECT does not yield is no fault of the row.
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
