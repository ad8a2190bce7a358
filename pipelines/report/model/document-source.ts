import { z } from 'zod'

/** One day of one source. */
export const sourceDay = z.strictObject({
  date: z.string(),
  state: z.string(),
  problem: z.boolean(),
  rows: z.number().nullable(),
  quarantined: z.number().nullable(),
  dropped: z.number().nullable(),
  /** From the start of the newest run to its end. */
  seconds: z.number().nullable(),
})

/** How many rows a day brought to a table, and what the same weekdays before it brought. */
const tableDay = z.strictObject({
  date: z.string(),
  rows: z.number(),
  /** Half and double of the median; null where fewer than four such days are before it. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  outside: z.boolean(),
})

const inputEntry = z.strictObject({
  name: z.string(),
  format: z.string(),
  files: z.array(z.string()),
  required: z.boolean(),
  static: z.boolean(),
  fields: z.array(z.string()),
})

export const fillEntry = z.strictObject({
  source: z.string(),
  table: z.string(),
  delivery: z.string(),
  children: z.string(),
  references: z.string(),
  on_conflict: z.string(),
  select: z.string(),
})

export const checkEntry = z.strictObject({
  name: z.string(),
  table: z.string(),
  severity: z.string(),
  from: z.string(),
})

/** How many rows or values broke a rule, by week; a week is named by its Monday. */
const ruleWeeks = z.strictObject({
  table: z.string(),
  rule: z.string(),
  what: z.enum(['quarantined', 'dropped', 'warned']),
  total: z.number(),
  weeks: z.array(z.strictObject({ week: z.string(), count: z.number() })),
})

const select = z.strictObject({
  table: z.string(),
  file: z.string(),
  /** Inputs and accepted rows of other tables. */
  reads: z.array(z.string()),
  /** Without literals and comments, unless the report is internal. */
  sql: z.string(),
})

export const source = z.strictObject({
  name: z.string(),
  /** False if its code is not installed here: then only what the ledger knows is shown. */
  installed: z.boolean(),
  class: z.string().nullable(),
  zone: z.string(),
  schedule: z.string(),
  due: z.string(),
  lag_days: z.number(),
  ready: z.array(z.string()),
  max_bad_rows: z.string().nullable(),
  inputs: z.array(inputEntry),
  tables: z.array(fillEntry),
  rules: z.array(z.strictObject({ rule: z.string(), action: z.string() })),
  checks: z.array(checkEntry),
  selects: z.array(select),
  days: z.array(sourceDay),
  /** The day after which the source delivered for the first time; days before it are not judged. */
  on_time: z.array(z.strictObject({ month: z.string(), due: z.number(), on_time: z.number() })),
  rows: z.array(z.strictObject({ table: z.string(), days: z.array(tableDay) })),
  broken: z.array(ruleWeeks),
})

export type SourceReport = z.infer<typeof source>
export type SourceDay = z.infer<typeof sourceDay>
export type TableDay = z.infer<typeof tableDay>
export type RuleWeeks = z.infer<typeof ruleWeeks>
export type SelectReport = z.infer<typeof select>
