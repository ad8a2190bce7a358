import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Batch, compactDate } from '../../source/batch.ts'
import { CaseloadError, MissingInputError, RefusedError } from '../../platform/errors.ts'
import { isBelow } from '../files/list-folder.ts'

/** Creates a file of a batch. @returns its path or URL; undefined if a file of that name exists */
export type CreateFile = (name: string, content: Uint8Array) => Promise<string | undefined>

/**
 * Creates files in the landing folder of a batch, each whole as soon as it is visible: it is written under a name with a dot
 * before it, which a landing ignores, and then renamed. Its mode is 0640.
 *
 * @param root landing root, absolute
 * @throws MissingInputError if the landing root is not there
 * @throws RefusedError if the batch's folder is a link that leaves the root
 * @throws CaseloadError if it cannot be written
 */
export function folderWriter(root: string, batch: Batch): CreateFile {
  return (name, content) => Promise.resolve(createFile(root, batch, name, content))
}

function createFile(root: string, batch: Batch, name: string, content: Uint8Array): string | undefined {
  if (!existsSync(root)) {
    throw new MissingInputError(`Expected a landing root at ${root}; --landing or CASELOAD_LANDING names it.`)
  }
  const folder = join(root, batch.source, compactDate(batch.date))
  const path = join(folder, name)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 })
    if (!isBelow(realpathSync(root), realpathSync(folder))) {
      throw new RefusedError(
        `Expected the landing folder ${folder} below the landing root, but it is a link that leaves it.`,
      )
    }
    // The process that created the name with a dot creates the other one, so two processes never create one file.
    const hidden = join(folder, `.${name}.part`)
    const file = openSync(hidden, 'wx', 0o640)
    try {
      if (existsSync(path)) return undefined
      writeAll(file, content)
      fsyncSync(file)
      renameSync(hidden, path)
    } finally {
      closeSync(file)
      rmSync(hidden, { force: true })
    }
    return path
  } catch (error) {
    if (error instanceof CaseloadError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return undefined
    throw new CaseloadError(`A file could not be written to ${folder} (${code ?? 'unknown'}); nothing was landed.`, {
      cause: error,
    })
  }
}

function writeAll(file: number, content: Uint8Array): void {
  let done = 0
  while (done < content.length) done += writeSync(file, content, done)
}
