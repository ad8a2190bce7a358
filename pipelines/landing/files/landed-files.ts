import { lstatSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Batch, compactDate } from '../../source/batch.ts'
import { CaseloadError } from '../../platform/errors.ts'
import { type Landing, listLanding } from '../delivery/claim-files.ts'
import type { Transformer } from '../../source/transformer.ts'
import { isUnreadable, unreadable } from './unreadable.ts'

/** What a source says of its files. */
export type Declared = Pick<Transformer, 'inputs' | 'ignored' | 'ready'>

/** A file that a run of a batch would find now; nothing of it was read. */
export interface LandedNow {
  /** Path under the landing root, as the ledger keeps it. */
  readonly name: string
  readonly bytes: number
  /** When it can have changed last, in milliseconds. */
  readonly changedAt: number
  /** Of an object in a store; undefined for a file of a folder. */
  readonly etag: string | undefined
  /** Absolute; undefined for an object. */
  readonly path: string | undefined
}

/** What lies in the landing folder of a batch. */
export interface Landed {
  /** The files that a run would find now, those included that its source does not declare. */
  readonly files: readonly LandedNow[]
  /** Why the folder cannot be listed as the source declares it, such as a link that leads nowhere; then no file is named. */
  readonly problem: string | undefined
}

/**
 * Looks at the landing folder of a batch and reads no file of it.
 *
 * @param root landing root, absolute
 * @returns undefined if there is no landing folder
 * @throws MissingInputError if the source's folder cannot be looked into, so that nobody knows
 */
export function landedFiles(root: string, batch: Batch, declared: Declared): Landed | undefined {
  if (!isThere(root, batch)) return undefined
  try {
    const landing = listLanding(root, batch, allOptional(declared.inputs), declared)
    return { files: filesOf(landing, linkedAt([root, join(root, batch.source)])), problem: undefined }
  } catch (error) {
    if (error instanceof CaseloadError) return { files: [], problem: error.message }
    if (isUnreadable(error)) return { files: [], problem: 'the landing folder cannot be read' }
    throw error
  }
}

function isThere(root: string, { source, date }: Batch): boolean {
  try {
    return statSync(join(root, source, compactDate(date)), { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    if (isUnreadable(error)) throw unreadable(`the folder of ${source}`, join(root, source), error)
    // A file where a folder should be, or a link that leads in a circle.
    return false
  }
}

/** When the newest of these was made, of those that are links: a release of files may be prepared long before it is linked. */
function linkedAt(paths: readonly string[]): number {
  const links = paths.map(path => lstatSync(path)).filter(stats => stats.isSymbolicLink())
  return Math.max(0, ...links.map(stats => stats.ctimeMs))
}

function filesOf(
  { batch, folder, files, unclaimed, entries, touchedAt }: Landing,
  linkedAt: number,
): readonly LandedNow[] {
  // A file that comes with its folder, or by a link, keeps its own time; the folder, or the link to it, has the new one.
  const foldersTime = Math.max(touchedAt, lstatSync(folder).ctimeMs, linkedAt)
  const byName = new Map(entries.map(entry => [entry.name, entry]))
  return [...files.map(file => basename(file.name)), ...unclaimed].flatMap(name => {
    const entry = byName.get(name)
    if (entry === undefined) return []
    const { path, stats } = entry
    const changedAt = Math.max(stats.ctimeMs, foldersTime)
    return [
      {
        name: `${batch.source}/${compactDate(batch.date)}/${name}`,
        bytes: stats.size,
        changedAt,
        etag: undefined,
        path,
      },
    ]
  })
}

/** A required file that has gone is told by its name, as one that was removed. */
function allOptional(inputs: Declared['inputs']): Declared['inputs'] {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, { ...input, presence: 'optional' }]))
}
