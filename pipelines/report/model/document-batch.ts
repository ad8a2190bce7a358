import { z } from 'zod'

const ruleCount = z.strictObject({ rule: z.string(), count: z.number() })

/** The balance of one table: candidates = loaded + quarantined + removed. */
const batchTable = z.strictObject({
  table: z.string(),
  candidates: z.number(),
  loaded: z.number(),
  quarantined: z.array(ruleCount),
  removed: z.array(ruleCount),
  /** Values, of loaded rows. */
  dropped: z.array(ruleCount),
  warned: z.array(ruleCount),
})

const batchFile = z.strictObject({
  input: z.string(),
  /** The pattern of the input; the name as delivered only in an internal report. */
  name: z.string(),
  bytes: z.number(),
  records: z.number(),
  /** Records that could not be read. */
  quarantined: z.number(),
  /** The first 12 digits of its SHA-256. */
  sha256: z.string(),
})

const batchCheck = z.strictObject({
  name: z.string(),
  table: z.string(),
  severity: z.string(),
  outcome: z.enum(['pass', 'warn', 'fail']),
  checked: z.number(),
  bad: z.number(),
})

const batchRun = z.strictObject({
  /** The first 8 digits of its id. */
  run: z.string(),
  status: z.string(),
  started_at: z.string(),
  published_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  attempts: z.number(),
  /** How long its last attempt spent in each stage, in order; empty for a run that was killed. */
  stages: z.array(z.strictObject({ stage: z.string(), ms: z.number() })),
  /** When an attempt failed, and was tried again. */
  failures: z.array(z.strictObject({ at: z.string(), error: z.string() })),
  /** The kind of its error in words. */
  error: z.string().nullable(),
  /** Only in an internal report. */
  message: z.string().nullable(),
  host: z.string().nullable(),
  run_id: z.string().nullable(),
})

export const batch = z.strictObject({
  source: z.string(),
  date: z.string(),
  state: z.string(),
  problem: z.boolean(),
  /** What changed since, or how the newest run failed, in words of Caseload's own. */
  why: z.string().nullable(),
  /** What to do next. */
  command: z.string().nullable(),
  /** The run whose balance is shown: the published one, else the newest. */
  shown: z.string().nullable(),
  tables: z.array(batchTable),
  files: z.array(batchFile),
  checks: z.array(batchCheck),
  runs: z.array(batchRun),
  /** What the shown run was made from; hashes are shortened. */
  made_from: z
    .strictObject({
      caseload: z.string(),
      code: z.string().nullable(),
      contracts: z.string().nullable(),
      engine: z.number().nullable(),
      zone: z.string().nullable(),
    })
    .nullable(),
  rules: z.array(z.strictObject({ rule: z.string(), action: z.string() })),
})

export type BatchReport = z.infer<typeof batch>
export type BatchTableReport = z.infer<typeof batchTable>
export type BatchRunReport = z.infer<typeof batchRun>
