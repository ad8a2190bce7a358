import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Batch } from '../source/batch.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

const name = /^caseload-([0-9a-f]{8})-/

/**
 * Makes the private folder of one run. mkdtemp gives it mode 0700: DuckDB's spill files are plain text.
 *
 * @throws UsageError if it cannot be made
 */
export function makeWorkFolder(workRoot: string, runId: string): string {
  try {
    return mkdtempSync(join(workRoot, `caseload-${runId.slice(0, 8)}-`))
  } catch (error) {
    throw new UsageError(
      `Expected to make a work folder below ${workRoot}, but could not. Set CASELOAD_WORK to another folder.`,
      { cause: error },
    )
  }
}

/**
 * Removes the work folders of earlier runs of a batch that were killed before they removed them.
 *
 * @param session holds the batch's lock, so none of these runs is alive
 */
export async function removeLeftFolders(session: Session, batch: Batch, workRoot: string): Promise<void> {
  const folders = foldersIn(workRoot)
  if (folders.length === 0) return
  const ended = await session.query<{ run: string }>(readSql('sql/statements/run/ended_runs.sql'), [
    batch.source,
    batch.date,
    folders.map(({ run }) => run),
  ])
  const runs = new Set(ended.rows.map(row => row.run))
  for (const { path, run } of folders) {
    if (runs.has(run)) rmSync(path, { recursive: true, force: true })
  }
}

/**
 * Lists the work folders of all runs, alive or not.
 *
 * @returns absolute paths, and the first 8 digits of each run
 */
export function foldersIn(workRoot: string): readonly { readonly path: string; readonly run: string }[] {
  try {
    return readdirSync(workRoot).flatMap(entry => {
      const run = name.exec(entry)?.[1]
      return run === undefined ? [] : [{ path: join(workRoot, entry), run }]
    })
  } catch {
    // The run reports the problem when it makes its own folder.
    return []
  }
}
