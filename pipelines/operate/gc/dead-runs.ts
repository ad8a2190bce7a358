import { commandOf } from '../../platform/processes.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'

/** A run that says it is running while nobody holds the lock of its batch. */
export interface UnheldRun {
  readonly run_id: string
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly batch_date: string
  /** The machine it was started on. */
  readonly host: string
  readonly process_id: number
}

/** What is known of the machine that asks. */
export interface ThisMachine {
  readonly host: string
  /** Whether a process of this machine may be a run of ours. */
  readonly isAlive: (processId: number) => boolean
}

/** Lists the runs that say they are running while nobody holds the lock of their batch, by batch. Reads only. */
export async function unheldRuns(session: Session): Promise<readonly UnheldRun[]> {
  const found = await session.query<UnheldRun>(readSql('sql/statements/gc/running_runs.sql'))
  return found.rows
}

/**
 * Whether a run without its lock is dead, as far as this machine can tell. A run that lost its connection has no lock while
 * it waits for its next attempt, so one whose process lives is `waiting`; of another machine's run nothing is known.
 */
export function verdictOf(run: UnheldRun, { host, isAlive }: ThisMachine): 'dead' | 'waiting' | 'elsewhere' {
  if (run.host !== host) return 'elsewhere'
  return isAlive(run.process_id) ? 'waiting' : 'dead'
}

/** True for a process of this machine, other than this one, whose command line speaks of caseload. */
export function isCaseload(processId: number): boolean {
  return processId !== process.pid && (commandOf(processId) ?? '').includes('caseload')
}
