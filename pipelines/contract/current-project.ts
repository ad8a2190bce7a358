import type { TableDeclaration } from './declare.ts'
import type { Project } from '../platform/find-project.ts'
import type { RulesByTable } from './row-rules.ts'

/** A project whose tables are loaded. */
export interface CurrentProject extends Project {
  readonly declared: ReadonlyMap<string, TableDeclaration>
  /** Its rules across columns, for its own tables and for shipped ones. */
  readonly rules?: RulesByTable
  /** Zones of its sources, by the source's name; they go before what the classes say. */
  readonly zones?: ReadonlyMap<string, string>
}

let current: CurrentProject | undefined

/**
 * The project that this process works in, as it works in one directory: entered once, before anything asks for a contract
 * or a view. Every command and the engine's process do (see `enterProject`); a forgotten argument cannot make a migration
 * and a run disagree about which tables there are.
 */
export function currentProject(): CurrentProject | undefined {
  return current
}

/** Sets the project of this process; undefined leaves what is shipped. */
export function setCurrentProject(project: CurrentProject | undefined): void {
  current = project
}
