import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { type ThisMachine, type UnheldRun, unheldRuns, verdictOf } from './dead-runs.ts'
import { findOrphanTables, type OrphanTables } from './orphan-tables.ts'
import { leftWorkFolders } from './work-folders.ts'

/** What runs of one batch left behind. */
export interface BatchLeftovers {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly batch_date: string
  /** Dead runs that are `running` in the ledger. */
  readonly dead_runs: number
  /** Leaves that no run will publish. */
  readonly staged_leaves: number
  /** Leaves of versions beyond those kept. */
  readonly kept_leaves: number
  /** Rejected rows that no view or command shows. */
  readonly rejected_rows: number
}

/** Everything that a garbage collection would remove or skip. */
export interface Leftovers {
  /** Batches with something to remove. */
  readonly batches: readonly BatchLeftovers[]
  /** Batches that a run works on, or whose run has just lost its connection. */
  readonly busy: readonly { readonly source: string; readonly batch_date: string }[]
  /** Dead runs that are `running` in the ledger. */
  readonly dead: readonly UnheldRun[]
  /** Runs of other machines without a lock: dead, or between two attempts. */
  readonly elsewhere: readonly UnheldRun[]
  readonly orphanTables: OrphanTables
  /** Leaves that dead operations staged to merge or split a month. */
  readonly rangeLeaves: readonly string[]
  /** Rejected rows of runs that the ledger does not have. */
  readonly lostRejects: number
  /** Work folders of runs that ended, absolute. */
  readonly workFolders: readonly string[]
}

/** What the search for leftovers needs. */
export interface LeftoverOptions {
  /** Number of replaced versions of a batch to keep. */
  readonly keep: number
  /** The folder of work folders, absolute. */
  readonly workRoot: string
  readonly machine: ThisMachine
  /** Whether runs of other machines without a lock count as dead. */
  readonly elsewhereIsDead: boolean
}

/** Finds what dead runs left behind. Reads only, also in a read-only session. */
export async function findLeftovers(session: Session, parts: LeftoverOptions): Promise<Leftovers> {
  const runs = await unheldRuns(session)
  const of = (verdict: string): readonly UnheldRun[] => runs.filter(run => verdictOf(run, parts.machine) === verdict)
  const elsewhere = of('elsewhere')
  const dead = parts.elsewhereIsDead ? [...of('dead'), ...elsewhere] : of('dead')
  const alive = runs.filter(run => !dead.includes(run))
  const found = await session.query<BatchLeftovers & { readonly held: boolean }>(
    readSql('sql/statements/gc/batches.sql'),
    [parts.keep, dead.map(run => run.run_id)],
  )
  const isBusy = (one: BatchLeftovers & { readonly held: boolean }): boolean =>
    one.held || alive.some(run => run.source === one.source && run.batch_date === one.batch_date)
  const lost = await session.query<{ rows: number }>(readSql('sql/statements/gc/lost_quarantine.sql'))
  const ranges = await session.query<{ leaf: string }>(readSql('sql/statements/gc/ranges.sql'))
  return {
    batches: found.rows.filter(one => !isBusy(one)).map(batchOf),
    busy: found.rows.filter(isBusy).map(({ source, batch_date }) => ({ source, batch_date })),
    dead,
    elsewhere,
    orphanTables: await findOrphanTables(session),
    rangeLeaves: ranges.rows.map(row => row.leaf),
    lostRejects: lost.rows[0]?.rows ?? 0,
    workFolders: await leftWorkFolders(
      session,
      parts.workRoot,
      dead.map(run => run.run_id),
    ),
  }
}

function batchOf({
  source,
  batch_date,
  dead_runs,
  staged_leaves,
  kept_leaves,
  rejected_rows,
}: BatchLeftovers): BatchLeftovers {
  return { source, batch_date, dead_runs, staged_leaves, kept_leaves, rejected_rows }
}
