import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { packageRoot } from '../platform/sql.ts'
import type { Contract } from './contract.ts'
import { currentProject } from './current-project.ts'
import { sqlBelow, tableFiles } from './table-files.ts'

/** The name of a quality check, as `rules` of a source or a project may change it. */
export interface CheckName {
  /** Undefined for a check beside a source, whose file names its table. */
  readonly table: string | undefined
  readonly name: string
}

/**
 * The names of the quality checks of some tables: the shipped ones, those of the project, those beside a source, and those
 * that the engine makes for every table. Opens no file.
 *
 * @param contracts of the tables
 * @param sourceFolder of a source, absolute
 */
export function checkNames(contracts: readonly Contract[], sourceFolder?: string): readonly CheckName[] {
  const tables = contracts.map(({ table }) => table)
  const project = currentProject()?.checks
  const roots = [join(packageRoot, 'sql', 'checks'), ...(project === undefined ? [] : [project])]
  const own = sourceFolder === undefined ? [] : [join(sourceFolder, 'checks')]
  return [
    ...roots.filter(root => existsSync(root)).flatMap(root => tableFiles(root, 'sql/checks')),
    ...own
      .filter(root => existsSync(root))
      .flatMap(root => sqlBelow(root).map(file => ({ table: undefined, name: basename(file, '.sql') }))),
    ...contracts.flatMap(({ table, references }) => [
      { table, name: 'row_count' },
      ...references.map(parent => ({ table, name: `orphans_${parent.table}` })),
    ]),
  ].flatMap(({ table, name }) => (table === undefined || tables.includes(table) ? [{ table, name }] : []))
}
