import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type Environment, nonEmpty } from '../platform/environment.ts'
import { dataVersion } from './data-folder.ts'
import { pathsAt, rootsOfRoot, type ServerPaths } from './paths.ts'
import { readState } from './postmaster.ts'

/** One embedded server of this user, running or not. */
export interface KnownServer {
  /** The folder that it belongs to, such as that of a project. It may be gone. */
  readonly folder: string
  readonly running: boolean
  /** The major version of PostgreSQL that made the data. */
  readonly version: string | undefined
  readonly data: string
  readonly paths: ServerPaths
}

/** Lists all embedded servers of this user, sorted by folder. Starts and changes none. */
export async function knownServers(env: Environment): Promise<readonly KnownServer[]> {
  const places = process.geteuid?.() === 0 ? placesOfRoot() : notedPlaces(env)
  const servers = await Promise.all(places.map(describe))
  return servers
    .filter(one => one !== undefined)
    .sort((a, b) => (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : a.data < b.data ? -1 : 1))
}

async function describe({ home, root }: Place): Promise<KnownServer | undefined> {
  const paths = pathsAt(home, root, undefined)
  const version = dataVersion(paths)
  if (version === undefined) return undefined
  const { phase } = await readState(paths)
  return {
    folder: folderOf(home),
    running: phase !== 'absent',
    version,
    data: paths.data,
    paths,
  }
}

/** The folder that a person thinks of: the one that `.caseload` lies in. */
export function folderOf(home: string): string {
  return basename(home) === '.caseload' ? dirname(home) : home
}

interface Place {
  readonly home: string
  readonly root: string
}

/** Root's servers lie in one folder, each with the name of its home. */
function placesOfRoot(): readonly Place[] {
  return namesIn(rootsOfRoot).flatMap(name => {
    const root = join(rootsOfRoot, name)
    const home = textOf(join(root, 'home'))
    return home === undefined ? [] : [{ home, root }]
  })
}

/** The servers of other users lie in folders of theirs, so a start notes its home. A note whose data is gone is removed. */
function notedPlaces(env: Environment): readonly Place[] {
  const notes = notesFolder(env)
  return namesIn(notes).flatMap(name => {
    const home = textOf(join(notes, name))
    if (home === undefined) return []
    const root = join(home, 'postgres')
    if (lstatSync(join(root, 'data'), { throwIfNoEntry: false }) !== undefined) return [{ home, root }]
    rmSync(join(notes, name), { force: true })
    return []
  })
}

/** Notes the home of a server for {@link knownServers}. A user without a writable folder has a shorter list. */
export function noteHome({ home, account }: ServerPaths, env: Environment): void {
  if (account !== undefined) return
  try {
    const notes = notesFolder(env)
    mkdirSync(notes, { recursive: true, mode: 0o700 })
    writeFileSync(join(notes, createHash('sha256').update(home).digest('hex').slice(0, 16)), `${home}\n`)
  } catch {
    // The server works without it.
  }
}

function notesFolder(env: Environment): string {
  return join(nonEmpty(env['XDG_STATE_HOME']) ?? join(homedir(), '.local', 'state'), 'caseload', 'servers')
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\n$/, '')
  } catch {
    return undefined
  }
}

/** The bytes of all files in a folder. A running server removes files meanwhile. */
export function bytesIn(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.size
  return namesIn(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0)
}
