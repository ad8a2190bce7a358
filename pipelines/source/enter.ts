import { join } from 'node:path'
import { currentProject, setCurrentProject } from '../contract/current-project.ts'
import type { Environment } from '../platform/environment.ts'
import { findProject } from '../platform/find-project.ts'
import { configuredRules, configuredZones, readConfiguration } from './project-configuration.ts'

/**
 * Enters the project that the environment and the working directory name, and loads its tables and its rules across
 * columns. Does nothing outside of a project, or if this process has entered it already.
 *
 * @param env the environment, usually process.env
 * @param cwd an absolute path
 * @throws UsageError naming a file in `tables/` or `sql/rules/`, or a key in caseload.json, that is wrong
 */
export async function enterProject(env: Environment, cwd: string): Promise<void> {
  const project = findProject(env, cwd)
  if (project === undefined || currentProject()?.root === project.root) return
  const [{ loadTables }, { loadRules, requireChangedRules }] = await Promise.all([
    import('./tables.ts'),
    import('./rules.ts'),
  ])
  const declared = await loadTables(project.tables)
  const rules = loadRules(join(project.root, 'sql', 'rules'), declared)
  const configuration = readConfiguration(project.root)
  const actions = configuredRules(configuration)
  setCurrentProject({ ...project, declared, rules, actions, zones: configuredZones(configuration) })
  // Only now: its own rules and checks count, too.
  requireChangedRules(actions, configuration.nameOf)
}
