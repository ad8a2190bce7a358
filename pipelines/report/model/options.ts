import type { StateChecks } from '../../ledger/status.ts'
import type { LandedDays } from '../../operate/problems/problems.ts'
import type { Session } from '../../platform/postgres.ts'

/** What a caller asks of a report. */
export interface ReportOptions {
  readonly sourceFolders: readonly string[]
  readonly workRoot: string
  /** None means all. */
  readonly sources: readonly string[]
  readonly from: string | undefined
  readonly to: string | undefined
  /** With names of files as delivered, hosts, messages of errors, reasons, and SQL as written. */
  readonly internal: boolean
  readonly now: Date
}

/** What a report reads besides the code. */
export interface ReportPlaces {
  /** Undefined for a report without a database. */
  readonly session: Session | undefined
  readonly checks: StateChecks
  readonly landedDays: LandedDays
  readonly warn: (message: string) => void
}
