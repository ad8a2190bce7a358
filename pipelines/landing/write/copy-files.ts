import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CaseloadError, LockedError, MissingInputError, RefusedError, UsageError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import { type Batch, compactDate } from '../../source/batch.ts'
import { claimFiles, type Declared, withoutRequired } from '../delivery/claim-files.ts'
import { isBelow } from '../files/list-folder.ts'

/** A file that lies in the landing folder of its batch. */
export interface CopiedFile {
  /** Absolute path, or URL. */
  readonly file: string
  /** Of its content, in hexadecimal. */
  readonly sha256: string
  /** False if the same content was there already. */
  readonly copied: boolean
}

/** The names among some files that no input of a source takes. */
export function undeclaredFiles(paths: readonly string[], batch: Batch, declared: Declared): readonly string[] {
  const entries = paths.map(path => ({
    name: basename(path),
    kind: 'file' as const,
    isLink: false,
    bytes: 0,
    modified: 0,
    touched: 0,
    identity: '',
    path: undefined,
  }))
  const listing = { place: 'the files to land', touched: undefined, placed: 0, entries }
  return claimFiles(listing, batch, withoutRequired(declared)).unclaimed
}

/** A file to land, and the batch that it belongs to. */
export interface FileToLand {
  readonly batch: Batch
  /** Of the file outside the landing. */
  readonly path: string
}

/**
 * Copies files into the landing folders of their batches under their own names. Each is whole as soon as it is visible, and
 * none is overwritten: the same content again is left as it is, and another content stops the command before anything is
 * copied.
 *
 * @param root landing root, absolute
 * @throws RefusedError for a name that has another content already, with both hashes
 * @throws MissingInputError if the root or a file is not there
 * @throws LockedError if another process lands a file of that name
 */
export async function copyFiles(root: string, toLand: readonly FileToLand[]): Promise<readonly CopiedFile[]> {
  if (!existsSync(root)) {
    throw new MissingInputError(`Expected a landing root at ${root}; --landing or CASELOAD_LANDING names it.`)
  }
  const places = toLand.map(({ batch, path }) => {
    const folder = join(root, batch.source, compactDate(batch.date))
    return { path, folder, file: join(folder, basename(path)) }
  })
  requireOneEach(places.map(({ file }) => file))
  const judged: (CopiedFile & (typeof places)[number])[] = []
  for (const place of places) judged.push({ ...place, ...(await judgeFile(place.path, place.file)) })
  for (const { path, folder, file, sha256, copied } of judged) {
    if (copied) await copyFile(root, folder, path, { file, sha256 })
  }
  return judged.map(({ file, sha256, copied }) => ({ file, sha256, copied }))
}

/** @throws UsageError if two files have one place */
export function requireOneEach(files: readonly string[]): void {
  const twice = files.find((file, at) => files.indexOf(file) !== at)
  if (twice !== undefined)
    throw new UsageError(`Expected each file once, found two with the name ${quoteName(basename(twice))}.`)
}

async function judgeFile(path: string, file: string): Promise<CopiedFile> {
  const sha256 = await hashOf(path)
  if (!existsSync(file)) return { file, sha256, copied: true }
  const landed = await hashOf(file)
  if (landed === sha256) return { file, sha256, copied: false }
  throw otherContent(file, landed, sha256)
}

/**
 * The error for a name that has another content.
 *
 * @param file path or URL of the landed file
 * @param landed its hash
 * @param sha256 that of the file to land
 * @param outcome the result of each file
 */
export function otherContent(
  file: string,
  landed: string,
  sha256: string,
  outcome = 'Nothing was landed.',
): RefusedError {
  return new RefusedError(
    `Expected a new file or the same content again, found another ${quoteName(basename(file))} in ${batchPlace(file)}: it has ` +
      `SHA-256 ${landed}, the file to land ${sha256}. ${outcome} To replace it, move the landed file away first.`,
  )
}

const batchPlace = (file: string): string => file.slice(0, -basename(file).length - 1)

async function copyFile(
  root: string,
  folder: string,
  path: string,
  { file, sha256 }: Pick<CopiedFile, 'file' | 'sha256'>,
): Promise<void> {
  const hidden = join(folder, `.${basename(file)}.part`)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 })
    if (!isBelow(realpathSync(root), realpathSync(folder))) {
      throw new RefusedError(
        `Expected the landing folder ${folder} below the landing root, but it is a link that leaves it.`,
      )
    }
    // The process that created the hidden name creates the other one, so two processes never create one file.
    copyFileSync(path, hidden, constants.COPYFILE_EXCL)
  } catch (error) {
    throw writeError(error, folder)
  }
  try {
    if ((await hashOf(hidden)) !== sha256 || existsSync(file)) {
      throw new CaseloadError(
        `${quoteName(basename(file))} changed while it was copied; it was not landed. Land it again.`,
      )
    }
    const handle = openSync(hidden, 'r')
    fsyncSync(handle)
    closeSync(handle)
    renameSync(hidden, file)
  } catch (error) {
    throw writeError(error, folder)
  } finally {
    rmSync(hidden, { force: true })
  }
}

function writeError(error: unknown, folder: string): CaseloadError {
  if (error instanceof CaseloadError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EEXIST')
    return new LockedError(
      `Another process lands a file of that name in ${folder}. Try again after it. If it was killed, remove its .part file there first.`,
    )
  return new CaseloadError(`A file could not be written to ${folder} (${code ?? 'unknown'}).`, { cause: error })
}

/**
 * The SHA-256 of a file, in hexadecimal.
 *
 * @throws MissingInputError if it cannot be read
 */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
  } catch (error) {
    throw new MissingInputError(
      `Expected a file at ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      {
        cause: error,
      },
    )
  }
  return hash.digest('hex')
}
