import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Environment } from '../platform/environment.ts'
import { findProject } from '../platform/find-project.ts'

/**
 * Finds Caseload's private folder: CASELOAD_HOME; else `.caseload` of the project (CASELOAD_PROJECT, or the project that
 * contains `cwd`), so that all commands of a project use one server; else `.caseload` in the nearest folder, from `cwd`
 * upwards, that has a `.caseload` or a package.json; else `.caseload` in `cwd`. Creates nothing.
 *
 * @param env the environment, such as `process.env`
 * @param cwd an absolute path
 * @returns an absolute path that need not exist; symbolic links are resolved, so that one folder has one name
 * @throws UsageError if CASELOAD_PROJECT does not exist
 */
export function caseloadHome(env: Environment, cwd: string): string {
  const named = env['CASELOAD_HOME']
  if (named !== undefined && named !== '') return realPath(resolve(cwd, named))
  const project = findProject(env, cwd)
  if (project !== undefined) return realPath(join(project.root, '.caseload'))
  for (let folder = cwd; ; folder = dirname(folder)) {
    const isRoot = dirname(folder) === folder
    if (existsSync(join(folder, '.caseload')) || existsSync(join(folder, 'package.json'))) {
      return realPath(join(folder, '.caseload'))
    }
    if (isRoot) return realPath(join(cwd, '.caseload'))
  }
}

/**
 * Resolves the symbolic links of a path whose last parts may not exist.
 *
 * @param path an absolute path
 */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPath(parent), basename(path))
  }
}
