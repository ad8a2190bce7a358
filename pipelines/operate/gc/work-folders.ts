import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { foldersIn } from '../../run/work-folder.ts'

/**
 * The work folders of runs that ended without removing them. Leaves out folders of runs that are not in this ledger, such as
 * those of another database. Reads only.
 *
 * @param workRoot the folder of work folders, absolute
 * @param dead ids of dead runs that are `running` in the ledger
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
