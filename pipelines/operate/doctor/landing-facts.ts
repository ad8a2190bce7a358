import { accessSync, constants, readdirSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSource } from '../../source/batch.ts'
import { staticFolder } from '../../source/static-files.ts'

/** A folder or file: its mode bits, and whether this process can read it. */
export interface Entry {
  readonly path: string
  /** Permission bits, such as 0o750. */
  readonly mode: number
  readonly isFolder: boolean
  /** False if this process may not list the folder or read the file. */
  readonly readable: boolean
}

/** One source's landing folder. */
export interface SourceFolder extends Entry {
  /** The folder of its newest day, and the files in it. */
  readonly below: readonly Entry[]
  /** The folder of its static files, and the files in it. */
  readonly statics: readonly Entry[]
}

/** A landing root and its folders. */
export interface LandingFacts {
  /** Undefined if it does not exist. */
  readonly root: Entry | undefined
  readonly path: string
  /** Folders above the root, up to `/`. */
  readonly above: readonly Entry[]
  readonly sources: readonly SourceFolder[]
}

const maxFiles = 1000

/**
 * Examines a landing root: the folders of its sources, and of each the newest day and the static files, up to 1,000 each. Opens no file.
 *
 * @param path absolute
 */
export function landingFacts(path: string): LandingFacts {
  const root = entryOf(path)
  const sources = namesIn(path)
    .filter(isSource)
    .flatMap(name => {
      const source = entryOf(join(path, name))
      return source === undefined
        ? []
        : [{ ...source, below: newestDay(source.path), statics: entriesOf(join(source.path, staticFolder)) }]
    })
  return { path, root, above: foldersAbove(path), sources }
}

function newestDay(source: string): readonly Entry[] {
  const newest = namesIn(source)
    .filter(name => /^\d{8}$/.test(name))
    .sort()
    .at(-1)
  return newest === undefined ? [] : entriesOf(join(source, newest))
}

/** A folder and the files in it; nothing if it is not there. */
function entriesOf(folder: string): readonly Entry[] {
  const names = namesIn(folder).slice(0, maxFiles)
  return [folder, ...names.map(name => join(folder, name))].flatMap(one => entryOf(one) ?? [])
}

function foldersAbove(path: string): readonly Entry[] {
  const parent = dirname(path)
  if (parent === path) return []
  const entry = entryOf(parent, false)
  return [...foldersAbove(parent), ...(entry === undefined ? [] : [entry])]
}

/** Undefined if it is gone, or lies in a folder that this process may not enter. */
function entryOf(path: string, tryIt = true): Entry | undefined {
  const stats = statsOf(path)
  if (stats === undefined) return undefined
  const isFolder = stats.isDirectory()
  return { path, mode: stats.mode & 0o7777, isFolder, readable: tryIt ? isReadable(path, isFolder) : true }
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

function isReadable(path: string, isFolder: boolean): boolean {
  try {
    if (isFolder) {
      readdirSync(path)
      accessSync(path, constants.X_OK)
    } else accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function isSource(name: string): boolean {
  try {
    return parseSource(name) === name
  } catch {
    return false
  }
}
