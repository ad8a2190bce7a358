import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UsageError } from './errors.ts'
import { readTextFile } from './text-file.ts'

/** A folder of a user's own, in which the installed package works: what is in it stands beside what is shipped. */
export interface Project {
  /** Absolute. */
  readonly root: string
  /** One folder a source; each of these four folders need not exist. */
  readonly sources: string
  /** One contract a file. */
  readonly tables: string
  /** One view a file, and models in `models/`. */
  readonly views: string
  /** `<table>/<name>.sql`. */
  readonly checks: string
}

/**
 * Finds the project: CASELOAD_PROJECT, else the nearest folder, from `cwd` upwards, whose package.json depends on caseload.
 * Nothing is loaded. Inside a clone of Caseload itself there is none: there its own folders are the shipped ones.
 *
 * @param env the environment, usually process.env
 * @param cwd an absolute path
 * @throws UsageError if CASELOAD_PROJECT is no folder
 */
export function findProject(env: Readonly<Record<string, string | undefined>>, cwd: string): Project | undefined {
  const named = env['CASELOAD_PROJECT']
  if (named !== undefined && named !== '') {
    const root = resolve(cwd, named)
    if (existsSync(root)) return projectAt(root)
    throw new UsageError(`CASELOAD_PROJECT names ${root}, which is not there.`)
  }
  for (let folder = cwd; ; folder = dirname(folder)) {
    const manifest = readManifest(folder)
    if (manifest?.name === 'caseload') return undefined
    if (manifest !== undefined && dependsOnCaseload(manifest)) return projectAt(folder)
    if (dirname(folder) === folder) return undefined
  }
}

/**
 * Finds a clone of Caseload itself: the nearest folder, from `cwd` upwards, with its package.json and its sources. Where
 * {@link findProject} finds a project there is none, though the project may lie in a clone.
 *
 * @param env the environment, usually process.env
 * @param cwd an absolute path
 * @returns the clone's root, undefined outside of one
 * @throws UsageError if CASELOAD_PROJECT is no folder
 */
export function findClone(env: Readonly<Record<string, string | undefined>>, cwd: string): string | undefined {
  if (findProject(env, cwd) !== undefined) return undefined
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (readManifest(folder)?.name === 'caseload') {
      return existsSync(join(folder, 'pipelines', 'index.ts')) ? folder : undefined
    }
    if (dirname(folder) === folder) return undefined
  }
}

function projectAt(root: string): Project {
  return {
    root,
    sources: join(root, 'sources'),
    tables: join(root, 'tables'),
    views: join(root, 'views'),
    checks: join(root, 'sql', 'checks'),
  }
}

interface Manifest {
  readonly name?: unknown
  readonly dependencies?: unknown
  readonly devDependencies?: unknown
}

function readManifest(folder: string): Manifest | undefined {
  try {
    const found: unknown = JSON.parse(readTextFile(join(folder, 'package.json')))
    return typeof found === 'object' && found !== null ? found : undefined
  } catch {
    // None, or one that npm would complain about: not for us to judge.
    return undefined
  }
}

function dependsOnCaseload({ dependencies, devDependencies }: Manifest): boolean {
  return [dependencies, devDependencies].some(
    one => typeof one === 'object' && one !== null && Object.hasOwn(one, 'caseload'),
  )
}
