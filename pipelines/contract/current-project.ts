import type { TableDeclaration } from './declare.ts'
import type { Project } from '../platform/find-project.ts'
import type { RulesByTable } from './row-rules.ts'
import type { RuleActions } from './rule-actions.ts'

/** A project whose tables are loaded. */
export interface CurrentProject extends Project {
  readonly declared: ReadonlyMap<string, TableDeclaration>
  /** Its rules across columns, for its own tables and for shipped ones. */
  readonly rules?: RulesByTable
  /** What happens to what breaks a rule, in all its sources; a source may declare otherwise. */
  readonly actions?: RuleActions
  /** Zones of its sources, by the source's name. They take precedence over the classes. */
  readonly zones?: ReadonlyMap<string, string>
}

let current: CurrentProject | undefined

/**
 * The project of this process. It is global like the working directory, so that a forgotten argument cannot make a migration
 * and a run disagree about which tables exist. Every command and the engine's process enter it once, before they read a
 * contract or a view (see `enterProject`).
 */
export function currentProject(): CurrentProject | undefined {
  return current
}

/** Sets the project of this process; undefined leaves only what Caseload ships. */
export function setCurrentProject(project: CurrentProject | undefined): void {
  current = project
}
