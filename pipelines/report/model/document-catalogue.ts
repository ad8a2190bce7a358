import { z } from 'zod'
import { checkEntry, fillEntry } from './document-source.ts'

const column = z.strictObject({
  name: z.string(),
  type: z.string().nullable(),
  phi: z.enum(['direct', 'quasi', 'none']).nullable(),
  description: z.string().nullable(),
  nullable: z.boolean().nullable(),
  /** What its contract allows, in words: pattern, words of a list, range, unit. */
  allowed: z.string(),
  /** Share of nulls among the rows of the last days, from the statistics of the server; null where it is not shown. */
  nulls: z.number().nullable(),
})

const rule = z.strictObject({
  name: z.string(),
  column: z.string().nullable(),
  broken: z.string(),
  action: z.string(),
  file: z.string().nullable(),
  changes: z.array(z.strictObject({ source: z.string(), action: z.string() })),
})

export const table = z.strictObject({
  name: z.string(),
  grain: z.string(),
  key: z.array(z.string()),
  parents: z.array(z.strictObject({ table: z.string(), columns: z.array(z.string()), versioned: z.boolean() })),
  columns: z.array(column),
  rules: z.array(rule),
  checks: z.array(checkEntry),
  filled_by: z.array(fillEntry),
  read_by: z.array(z.string()),
  query: z.string(),
})

export const view = z.strictObject({
  name: z.string(),
  file: z.string(),
  grain: z.string().nullable(),
  notes: z.string(),
  columns: z.array(column).nullable(),
  reads: z.array(z.string()),
  read_by: z.array(z.string()),
  /** Its table in schema mart; `made` says whether this database has it. */
  mart: z.strictObject({ computed_by: z.string(), made: z.boolean() }).nullable(),
  query: z.string(),
})

const nodeKinds = ['files', 'select', 'table', 'view', 'mart', 'other'] as const

const node = z.strictObject({ id: z.string(), kind: z.enum(nodeKinds), name: z.string() })

/** `known` says by what: the text of a file, or the catalog of the database. */
const edge = z.strictObject({ from: z.string(), to: z.string(), known: z.enum(['files', 'database']) })

/** Where a column comes from. Not known: an expression that is not followed, such as that of a `select *`. */
const columnOrigin = z.strictObject({
  node: z.string(),
  column: z.string(),
  known: z.boolean(),
  from: z.array(z.strictObject({ node: z.string(), column: z.string() })),
})

export const lineage = z.strictObject({
  nodes: z.array(node),
  edges: z.array(edge),
  columns: z.array(columnOrigin),
})

/** A count of patients or stays, and what it is a part of. All are null where one of them, or the rest, is under 11. */
const readmission = z.strictObject({
  source: z.string(),
  definition: z.string(),
  month: z.string(),
  stays: z.number().nullable(),
  readmissions: z.number().nullable(),
  rate: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
})

export const quality = z.strictObject({
  checks: z.array(
    z.strictObject({
      source: z.string(),
      table: z.string(),
      name: z.string(),
      months: z.array(z.strictObject({ month: z.string(), pass: z.number(), warn: z.number(), fail: z.number() })),
    }),
  ),
  readmissions: z.array(readmission),
  /** Drugs that at least 11 patients take; the others are not named. */
  prescriptions: z.array(
    z.strictObject({ source: z.string(), drug: z.string(), patients: z.number(), prescriptions: z.number() }),
  ),
})

export type TableReport = z.infer<typeof table>
export type ViewReport = z.infer<typeof view>
export type ColumnReport = z.infer<typeof column>
export type Lineage = z.infer<typeof lineage>
export type LineageNode = z.infer<typeof node>
export type LineageEdge = z.infer<typeof edge>
export type ColumnOrigin = z.infer<typeof columnOrigin>
export type Quality = z.infer<typeof quality>
export type Readmission = z.infer<typeof readmission>
