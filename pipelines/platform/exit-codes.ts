/** One exit code of the command line. */
export interface ExitCode {
  readonly code: number
  /** A few words for `caseload --help`. */
  readonly short: string
  /** A sentence for docs/commands.md, in Markdown. */
  readonly meaning: string
}

/**
 * The exit codes of the command line. An orchestrator may rely on them. The help and docs/commands.md are generated from
 * this table; a test compares them.
 */
export const exitCodeTable = {
  done: { code: 0, short: 'done', meaning: 'done' },
  failed: {
    code: 1,
    short: 'failed',
    meaning:
      'failed: no connection, wrong password, a bug; a `backfill` or `retry` with a failed batch, for whatever reason',
  },
  usage: {
    code: 2,
    short: 'usage',
    meaning:
      'usage or configuration: unknown source or option, an invalid date or one after tomorrow, a ledger newer than this code, a database that is read-only, belongs to another application or does not exist yet, a right that the login lacks',
  },
  refused: {
    code: 3,
    short: 'data refused',
    meaning: 'the data was refused, or a SELECT failed on a value of it; what was published before is unchanged',
  },
  missing: { code: 4, short: 'input missing', meaning: 'input is missing, or not complete yet' },
  locked: {
    code: 75,
    short: 'locked',
    meaning:
      'locked: another run or command holds a batch, readers held the tables for 60 s, or another command held the month for 10 min',
  },
  timeout: { code: 124, short: 'timeout', meaning: '`--timeout` ran out' },
  hungUp: {
    code: 129,
    short: 'SIGHUP',
    meaning: 'stopped by SIGHUP, if `--ephemeral` has a server to stop',
  },
  interrupted: { code: 130, short: 'SIGINT', meaning: 'stopped by SIGINT; rolled back' },
  terminated: { code: 143, short: 'SIGTERM', meaning: 'stopped by SIGTERM; rolled back' },
} as const satisfies Readonly<Record<string, ExitCode>>

/** Why a command ends. */
export type ExitReason = keyof typeof exitCodeTable

/** The exit code of each reason. */
export const exitCodes = Object.fromEntries(
  Object.entries(exitCodeTable).map(([reason, { code }]) => [reason, code]),
) as { readonly [Reason in ExitReason]: (typeof exitCodeTable)[Reason]['code'] }
