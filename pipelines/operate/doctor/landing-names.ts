import { countText } from '../../platform/count-text.ts'
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { compactDate, parseDate, parseSource, transformerOf } from '../../source/batch.ts'
import { futureFolderNames, futureFolders, latestDay } from '../../landing/future-day.ts'
import { openLandingView } from '../../landing/open-landing-view.ts'
import { quoteName } from '../../platform/file-name.ts'
import { shellWord } from '../../platform/shell-word.ts'
import { staticFolder } from '../../source/static-files.ts'
import type { Settings } from '../../source/settings.ts'
import { few, type Finding, warning } from './finding.ts'

/** Folders of a landing root that no run ever reads, because of their names. */
export interface LandingNames {
  /** Directly below the root, without the name of a source. */
  readonly noSource: readonly string[]
  /** Below the folder of a source, neither `static` nor named `yyyymmdd`; as `source/name`. */
  readonly noDay: readonly string[]
}

/**
 * Finds folders that do not belong to a source or a day. Skips hidden ones, `lost+found`, and files.
 *
 * @param root landing root, absolute
 * @param known the installed transformers; undefined if they could not be listed, and then every valid name counts as a source
 */
export function landingNames(root: string, known: readonly string[] | undefined): LandingNames {
  const folders = foldersIn(root).filter(name => name !== 'lost+found')
  const isKnown = (name: string): boolean => isSource(name) && (known?.includes(transformerOf(name)) ?? true)
  return {
    noSource: folders.filter(name => !isKnown(name)),
    noDay: folders.filter(isKnown).flatMap(source =>
      foldersIn(join(root, source))
        .filter(name => name !== staticFolder && dayIn(name) !== name)
        .map(name => `${source}/${name}`),
    ),
  }
}

/** A warning for each kind of folder that every run and backfill skips silently. */
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
            `${countText(noSource.length, 'folder')} below ${root} ${are(noSource)} not named after a source and never read: ${names(noSource)}`,
            'rename to the name of a source; caseload new makes a source',
          ),
        ]),
    ...(day === undefined
      ? []
      : [
          warning(
            check,
            `${countText(noDay.length, 'folder')} below ${root} ${are(noDay)} not named after a day and never read: ${names(noDay)}`,
            `rename to the day as yyyymmdd: ${renaming(root, day)}`,
          ),
        ]),
  ]
}

/** Warns of landing folders of days past tomorrow, which runs do not load by default. */
export async function futureLanding(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  transformers: readonly string[],
  now: Date,
): Promise<readonly Finding[]> {
  const view = await openLandingView({ ...settings, env })
  try {
    const found = await futureFolders(view, { sources: [], transformers }, now)
    if (found.length === 0) return []
    return [
      warning(
        'landing',
        `${countText(found.length, 'landing folder')} of a day past ${latestDay(now)}, tomorrow at UTC+14: ${futureFolderNames(found)}`,
        'rename to the day of the delivery; a run needs --allow-future for it',
      ),
    ]
  } finally {
    view.close()
  }
}

const are = (folders: readonly string[]): string => (folders.length === 1 ? 'is' : 'are')

const names = (folders: readonly string[]): string => few(folders.map(quoteName))

function renaming(root: string, folder: string): string {
  const [source = ''] = folder.split('/', 1)
  return `mv ${shellWord(quoteName(join(root, folder)))} ${shellWord(join(root, source, dayOf(folder) ?? '<yyyymmdd>'))}`
}

/** `20230503` for `source_a/2023-05-03`. */
const dayOf = (folder: string): string | undefined => dayIn(folder.slice(folder.indexOf('/') + 1))

/** The day that a name means as `yyyymmdd`; undefined if it is not a day of the calendar. */
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
    // Another check reports a folder that cannot be listed.
    return []
  }
}

function isFolder(parent: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  return statSync(join(parent, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false
}
