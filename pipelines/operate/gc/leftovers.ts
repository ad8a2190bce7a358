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
  /** Runs that say they are running and are dead. */
  readonly dead_runs: number
  /** Tables that nobody will publish. */
  readonly staged_leaves: number
  /** Tables of versions beyond those kept. */
  readonly kept_leaves: number
  /** Rejected rows that show nowhere. */
  readonly rejected_rows: number
}

/** Everything that a garbage collection would look at. */
export interface Leftovers {
  /** Batches that may be cleaned up. */
  readonly batches: readonly BatchLeftovers[]
  /** Batches that a run works on, or has just lost its connection to. */
  readonly busy: readonly { readonly source: string; readonly batch_date: string }[]
  /** Runs that say they are running and are dead. */
  readonly dead: readonly UnheldRun[]
  /** Runs of other machines without a lock: dead, or between two attempts. */
  readonly elsewhere: readonly UnheldRun[]
  readonly orphanTables: OrphanTables
  /** Leaves that dead operations staged to merge or split a month. */
  readonly rangeLeaves: readonly string[]
  /** Rejected rows of runs that the ledger has no row of. */
  readonly lostRejects: number
  /** Private folders of runs that ended, absolute. */
  readonly workFolders: readonly string[]
}

/** What looking for leftovers needs. */
export interface LeftoverParts {
  /** How many replaced versions of a batch are kept. */
  readonly keep: number
  /** Where work folders are made, absolute. */
  readonly workRoot: string
  readonly machine: ThisMachine
  /** Whether runs of other machines that have no lock count as dead. */
  readonly elsewhereIsDead: boolean
}

/** Looks for what dead runs left behind; changes nothing, and works in a session that may only read. */
export async function findLeftovers(session: Session, parts: LeftoverParts): Promise<Leftovers> {
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
