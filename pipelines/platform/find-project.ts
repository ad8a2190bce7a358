import type { Environment } from './environment.ts'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UsageError } from './errors.ts'
import { readTextFile } from './text-file.ts'

/** A user's folder that adds its own sources, tables, views and checks to the shipped ones. */
export interface Project {
  /** Absolute. */
  readonly root: string
  /** One folder per source. None of these four folders needs to exist. */
  readonly sources: string
  /** One contract per file. */
  readonly tables: string
  /** One view per file, and models in `models/`. */
  readonly views: string
  /** `<table>/<name>.sql`. */
  readonly checks: string
}

/** The file in which a project configures Caseload; a folder that has it is a project. */
export const configurationFile = 'caseload.json'

/**
 * Finds the project: CASELOAD_PROJECT, else the nearest folder, from `cwd` upwards, that has a caseload.json or whose
 * package.json depends on caseload.
 * Loads nothing. A clone of Caseload itself is not a project: its folders are the shipped ones.
 *
 * @param env usually process.env
 * @param cwd an absolute path
 * @throws UsageError if CASELOAD_PROJECT does not exist
 */
export function findProject(env: Environment, cwd: string): Project | undefined {
  const named = env['CASELOAD_PROJECT']
  if (named !== undefined && named !== '') {
    const root = resolve(cwd, named)
    if (existsSync(root)) return projectAt(root)
    throw new UsageError(`CASELOAD_PROJECT names ${root}, which does not exist.`)
  }
  for (let folder = cwd; ; folder = dirname(folder)) {
    const manifest = readManifest(folder)
    if (manifest?.name === 'caseload') return undefined
    if (existsSync(join(folder, configurationFile))) return projectAt(folder)
    if (manifest !== undefined && dependsOnCaseload(manifest)) return projectAt(folder)
    if (dirname(folder) === folder) return undefined
  }
}

/**
 * Finds a clone of Caseload itself: the nearest folder, from `cwd` upwards, with its package.json and its sources. If
 * {@link findProject} finds a project, the result is undefined, even for a project inside a clone.
 *
 * @param env usually process.env
 * @param cwd an absolute path
 * @returns the root of the clone; undefined outside of one
 * @throws UsageError if CASELOAD_PROJECT does not exist
 */
export function findClone(env: Environment, cwd: string): string | undefined {
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
    // No package.json, or an invalid one, which npm reports.
    return undefined
  }
}

function dependsOnCaseload({ dependencies, devDependencies }: Manifest): boolean {
  return [dependencies, devDependencies].some(
    one => typeof one === 'object' && one !== null && Object.hasOwn(one, 'caseload'),
  )
}
