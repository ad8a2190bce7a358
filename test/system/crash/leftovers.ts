import { readdirSync } from 'node:fs'
import { rowsOf } from '../../helpers/database.ts'

/** What runs have left behind. */
export interface Leftovers {
  /** Leaves that nobody will publish. */
  readonly stagedLeaves: number
  readonly stagedRows: number
  /** Detached versions, and their tables that the ledger does not know of. */
  readonly keptVersions: number
  readonly strayTables: number
  readonly runningRuns: number
  readonly publishedRuns: number
  /** Rows in quarantine of runs that were neither published nor refused. */
  readonly deadQuarantine: number
  readonly workFolders: number
}

/** What may be there after a run that went well, and nothing else. */
export const tidy: Leftovers = {
  stagedLeaves: 0,
  stagedRows: 0,
  keptVersions: 1,
  strayTables: 0,
  runningRuns: 0,
  publishedRuns: 1,
  deadQuarantine: 0,
  workFolders: 0,
}

const counted = `
  select
    (select count(*) from pg_catalog.pg_tables where schemaname = 'caseload_stage') as "stagedLeaves",
    (select count(*) from caseload.tables where state = 'staged') as "stagedRows",
    (select count(distinct run_id) from caseload.tables where state = 'kept') as "keptVersions",
    (
      select count(*)
      from pg_catalog.pg_tables as k
      where k.schemaname = 'caseload_kept'
        and not exists (select from caseload.tables as t where t.leaf = k.tablename and t.state = 'kept')
    ) as "strayTables",
    (select count(*) from caseload.runs where status = 'running') as "runningRuns",
    (select count(*) from caseload.runs where status = 'published') as "publishedRuns",
    (
      select count(*)
      from caseload.quarantine_rows as q
      where not exists (
        select
        from caseload.runs as r
        where r.run_id = q.run_id
          and r.status in ('published', 'replaced', 'refused')
      )
    ) as "deadQuarantine"`

/** Counts what was left, in the database and below the folder for work folders. */
export async function leftovers(url: string, work: string): Promise<Leftovers> {
  const [row] = await rowsOf(url, counted)
  return { ...(row as unknown as Omit<Leftovers, 'workFolders'>), workFolders: readdirSync(work).length }
}
