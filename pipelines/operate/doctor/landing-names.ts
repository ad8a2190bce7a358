import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { compactDate, parseDate, parseSource, transformerOf } from '../../source/batch.ts'
import { quoteName } from '../../platform/file-name.ts'
import { shellWord } from '../../platform/shell-word.ts'
import { counted, few, type Finding, warning } from './finding.ts'

/** Folders of a landing root that no run ever looks into, because of their names. */
export interface LandingNames {
  /** Directly below the root, named like no source there is. */
  readonly noSource: readonly string[]
  /** Below the folder of a source, named otherwise than `yyyymmdd`; as `source/name`. */
  readonly noDay: readonly string[]
}

/**
 * Looks for folders that are no source's or no day's. Hidden ones and `lost+found` belong to others; files are left alone.
 *
 * @param root landing root, absolute
 * @param known the transformers there are; undefined where they could not be listed, and then each may be one
 */
export function landingNames(root: string, known: readonly string[] | undefined): LandingNames {
  const folders = foldersIn(root).filter(name => name !== 'lost+found')
  const isKnown = (name: string): boolean => isSource(name) && (known?.includes(transformerOf(name)) ?? true)
  return {
    noSource: folders.filter(name => !isKnown(name)),
    noDay: folders.filter(isKnown).flatMap(source =>
      foldersIn(join(root, source))
        .filter(name => dayIn(name) !== name)
        .map(name => `${source}/${name}`),
    ),
  }
}

/** A warning for each kind of folder that is passed over without a word by every run and backfill. */
export function misnamed(root: string, { noSource, noDay }: LandingNames): readonly Finding[] {
  const check = 'landing'
  const [source] = noSource
  const day = noDay.find(name => dayOf(name) !== undefined) ?? noDay[0]
  return [
    ...(source === undefined
      ? []
      : [
          warning(
            check,
            `${counted(noSource.length, 'folder')} below ${root} ${are(noSource)} named like no source and never read: ${names(noSource)}`,
            'rename to the name of a source; caseload new makes a source',
          ),
        ]),
    ...(day === undefined
      ? []
      : [
          warning(
            check,
            `${counted(noDay.length, 'folder')} below ${root} ${are(noDay)} named like no day and never read: ${names(noDay)}`,
            `rename to the day as yyyymmdd: ${renaming(root, day)}`,
          ),
        ]),
  ]
}

const are = (folders: readonly string[]): string => (folders.length === 1 ? 'is' : 'are')

const names = (folders: readonly string[]): string => few(folders.map(quoteName))

function renaming(root: string, folder: string): string {
  const [source = ''] = folder.split('/', 1)
  return `mv ${shellWord(quoteName(join(root, folder)))} ${shellWord(join(root, source, dayOf(folder) ?? '<yyyymmdd>'))}`
}

/** `20230503` for `source_a/2023-05-03`. */
const dayOf = (folder: string): string | undefined => dayIn(folder.slice(folder.indexOf('/') + 1))

/** The day a name stands for as `yyyymmdd`, undefined if it is none of the calendar. */
function dayIn(name: string): string | undefined {
  try {
    return compactDate(parseDate(name))
  } catch {
    return undefined
  }
}

function isSource(name: string): boolean {
  try {
    return parseSource(name) === name
  } catch {
    return false
  }
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(entry => !entry.name.startsWith('.') && isFolder(folder, entry))
      .map(entry => entry.name)
      .sort()
  } catch {
    // A folder that cannot be listed is a finding of its own.
    return []
  }
}

function isFolder(parent: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  return statSync(join(parent, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false
}
