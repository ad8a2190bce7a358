import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { foldersIn } from '../../run/work-folder.ts'

/**
 * The private folders of runs that ended without removing them. A folder of a run that this ledger does not know, such as
 * one on another database, is not among them. Reads only.
 *
 * @param workRoot where work folders are made, absolute
 * @param dead ids of runs that are dead though they say they are running
 * @returns absolute paths
 */
export async function leftWorkFolders(
  session: Session,
  workRoot: string,
  dead: readonly string[],
): Promise<readonly string[]> {
  const folders = foldersIn(workRoot)
  if (folders.length === 0) return []
  const ended = await session.query<{ run: string }>(readSql('sql/statements/gc/work_folders.sql'), [
    folders.map(({ run }) => run),
    dead,
  ])
  const runs = new Set(ended.rows.map(row => row.run))
  return folders.filter(({ run }) => runs.has(run)).map(({ path }) => path)
}
