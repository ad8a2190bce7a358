import { type CurrentProject, currentProject } from '../current-project.ts'
import { canonical } from './canonical.ts'
import { identifying } from '../column.ts'
import type { Contract, ContractShape } from '../contract.ts'
import type { TableDeclaration } from '../declare.ts'

let merged: { readonly of: CurrentProject | undefined; readonly contracts: readonly Contract[] } | undefined

/**
 * The contracts of all tables, parents before children: the shipped ones with the columns that the project adds, then the
 * project's own.
 */
export function allContracts(): readonly Contract[] {
  const project = currentProject()
  if (merged === undefined || merged.of !== project) merged = { of: project, contracts: contractsOf(project) }
  return merged.contracts
}

/** The contract of one table, undefined if the table does not exist. */
export function contractFor(table: string): Contract | undefined {
  return allContracts().find(one => one.table === table)
}

/** Puts what is about tables in the order of {@link allContracts}, parents before children. */
export function parentsFirst<T extends { readonly table: string }>(ofTables: readonly T[]): readonly T[] {
  return allContracts().flatMap(({ table }) => ofTables.filter(one => one.table === table))
}

/** True for a table that the project declares and Caseload does not ship. */
export function isOwnTable(table: string): boolean {
  return currentProject()?.declared.get(table)?.kind === 'table'
}

/** The same for a project that this process has not entered yet. */
export function contractsOf(project: Pick<CurrentProject, 'declared'> | undefined): readonly Contract[] {
  if (project === undefined) return canonical
  const shipped = canonical.map(contract => {
    const extension = project.declared.get(contract.table)
    if (extension === undefined) return contract
    return { ...contract, shape: { ...contract.shape, ...extension.definition.columns } }
  })
  const own = [...project.declared].filter(([, declaration]) => declaration.kind === 'table')
  return [...shipped, ...byReferences(own.map(([table, declaration]) => ownContract(table, declaration)))]
}

function ownContract(table: string, { definition }: TableDeclaration): Contract {
  const { grain, key, columns, references = [] } = definition
  return {
    table,
    grain,
    key,
    references: references.map(reference => ({ versioned: false, ...reference })),
    shape: identifiersClean(columns, [...key, ...references.flatMap(reference => reference.columns)]),
  }
}

function identifiersClean(columns: ContractShape, names: readonly string[]): ContractShape {
  return Object.fromEntries(
    Object.entries(columns).map(([name, schema]) => [name, names.includes(name) ? identifying(schema) : schema]),
  )
}

/** Each contract after those of its parents. */
function byReferences(own: readonly Contract[]): readonly Contract[] {
  const ordered: Contract[] = []
  const place = (contract: Contract, children: readonly Contract[]): void => {
    if (ordered.includes(contract) || children.includes(contract)) return
    for (const { table } of contract.references) {
      const parent = own.find(one => one.table === table)
      if (parent !== undefined) place(parent, [...children, contract])
    }
    ordered.push(contract)
  }
  for (const contract of own) place(contract, [])
  return ordered
}
