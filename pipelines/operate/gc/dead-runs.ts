import { commandOf } from '../../platform/processes.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'

/** A run that is `running` in the ledger while no session holds the lock of its batch. */
export interface UnheldRun {
  readonly run_id: string
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly batch_date: string
  /** The machine on which it started. */
  readonly host: string
  readonly process_id: number
}

/** The machine on which this command runs. */
export interface ThisMachine {
  readonly host: string
  /** Whether a process of this machine may be a run of Caseload. */
  readonly isAlive: (processId: number) => boolean
}

/** Lists the runs that are `running` in the ledger while no session holds the lock of their batch. Reads only. */
export async function unheldRuns(session: Session): Promise<readonly UnheldRun[]> {
  const found = await session.query<UnheldRun>(readSql('sql/statements/gc/running_runs.sql'))
  return found.rows
}

/**
 * Whether a run without its lock is dead, as far as this machine can tell. A run that lost its connection holds no lock while
 * it waits for its next attempt, so a run whose process is alive is `waiting`. A run of another machine is `elsewhere`.
 */
export function verdictOf(run: UnheldRun, { host, isAlive }: ThisMachine): 'dead' | 'waiting' | 'elsewhere' {
  if (run.host !== host) return 'elsewhere'
  return isAlive(run.process_id) ? 'waiting' : 'dead'
}

/** True for another process of this machine whose command line contains `caseload`. */
export function isCaseload(processId: number): boolean {
  return processId !== process.pid && (commandOf(processId) ?? '').includes('caseload')
}
