import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findClone } from '../../platform/find-project.ts'
import { transformerOf } from '../../source/batch.ts'

/** The folder that the author of a source edits: in a clone the one that is compiled, not the one that runs. */
export function folderOfClass(source: string, folder: string): string {
  const clone = findClone(process.env, process.cwd())
  const written = clone === undefined ? undefined : join(clone, 'sources', transformerOf(source))
  return written !== undefined && folder.startsWith(join(clone ?? '', 'dist')) && existsSync(written) ? written : folder
}
