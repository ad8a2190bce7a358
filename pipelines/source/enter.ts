import { setCurrentProject } from '../contract/current-project.ts'
import { configuredZones } from './configured-zones.ts'
import type { Environment } from '../platform/environment.ts'
import { findProject, type Project } from '../platform/find-project.ts'

let entered: Project | undefined

/**
 * Enters the project that the environment and the working directory name, and loads its tables; does nothing outside of
 * one, or where this process is in it already.
 *
 * @param env the environment, usually process.env
 * @param cwd an absolute path
 * @throws UsageError naming a file in `tables/` or a zone in package.json that cannot be right
 */
export async function enterProject(env: Environment, cwd: string): Promise<void> {
  const project = findProject(env, cwd)
  if (project === undefined || entered?.root === project.root) return
  const { loadTables } = await import('./tables.ts')
  setCurrentProject({ ...project, declared: await loadTables(project.tables), zones: configuredZones(project.root) })
  entered = project
}
