import { z } from 'zod'
import { batch } from './document-batch.ts'
import { lineage, quality, table, view } from './document-catalogue.ts'
import { source } from './document-source.ts'

/** What needs attention now: one line of `caseload status --problems`. */
const attention = z.strictObject({
  source: z.string(),
  from: z.string(),
  to: z.string(),
  days: z.number(),
  state: z.string(),
  text: z.string(),
  command: z.string(),
})

/** A part that may be missing, and then the reason. */
const part = z.strictObject({ shown: z.boolean(), note: z.string().nullable() })

/**
 * The report: the one document that `--json` prints and the page draws. It has no field for a patient's value; what only
 * `--internal` shows is null without it. An object with a field that is not declared here is refused.
 */
export const reportSchema = z.strictObject({
  format: z.literal('caseload.report/1'),
  made_at: z.string(),
  version: z.string(),
  internal: z.boolean(),
  /** The days that it is about; null without a database, and where no batch ever ran. */
  window: z.strictObject({ from: z.string(), to: z.string() }).nullable(),
  ledger: part,
  clinical: part,
  states: z.array(z.strictObject({ name: z.string(), meaning: z.string() })),
  attention: z.array(attention),
  sources: z.array(source),
  /** Those with a page of their own: of the last days, and all that are not well. */
  batches: z.array(batch),
  tables: z.array(table),
  views: z.array(view),
  lineage,
  quality,
})

export type Report = z.infer<typeof reportSchema>
export type Attention = z.infer<typeof attention>
