import { columnsOf, type Contract, postgresType } from '../contract/contract.ts'
import { phis } from '../contract/builder.ts'
import type { Phi } from '../contract/column.ts'
import { engineColumns } from '../contract/engine-columns.ts'
import { fileOf, type View } from './list-views.ts'
import { relationsRead, viewColumns } from './view-columns.ts'
import { columnsInHeader, viewHeader } from './view-header.ts'

/** A column of a view; what is not known without a database is undefined. */
export interface ViewColumn {
  readonly name: string
  readonly description: string | undefined
  /** Of the table columns of this name that the view reads, where they have one. */
  readonly type: string | undefined
  readonly phi: Phi | undefined
}

/** A view as its file describes it. */
export interface ViewDescription {
  readonly name: string
  /** The file, for a person. */
  readonly file: string
  readonly grain: string | undefined
  readonly notes: string
  /** Tables and views with their schema. */
  readonly reads: readonly string[]
  /** Undefined where only a database knows them, as for `select *`. */
  readonly columns: readonly ViewColumn[] | undefined
}

type Meaning = Omit<ViewColumn, 'name'>

/**
 * Describes views without a database. A column means what the header of its view says; else what it means in the tables and
 * views that this one reads. Where these mean different things by one name, it has no description rather than a wrong one.
 *
 * @param views each after those that it reads, as `listViews` orders them
 */
export function describeViews(views: readonly View[], contracts: readonly Contract[]): readonly ViewDescription[] {
  const known = new Map<string, ReadonlyMap<string, Meaning>>(
    contracts.map(contract => [
      `store.${contract.table}`,
      new Map(columnsOf(contract).map(one => [one.name, { ...one, type: typeName(postgresType(one.type)) }] as const)),
    ]),
  )
  return views.map(view => {
    const { grain, notes } = viewHeader(view.sql)
    const reads = relationsRead(view.sql)
    const names = viewColumns(view.sql)
    const said = columnsInHeader(notes, names ?? [])
    const columns = names?.map(name => {
      const same = reads.flatMap(relation => known.get(relation)?.get(name) ?? [])
      const { description, type, phi } = meaningOf(name, said.get(name), same)
      return { name, description, type, phi }
    })
    known.set(`clinical.${view.name}`, new Map((columns ?? []).map(one => [one.name, one])))
    return { name: view.name, file: fileOf(view), grain, notes, reads, columns }
  })
}

/** Without precision, which an aggregate or a union loses. */
const typeName = (type: string): string => type.replace(/\(.*\)$/, '')

/** @param same what the columns of this name mean in the relations that the view reads */
function meaningOf(name: string, said: string | undefined, same: readonly Meaning[]): Meaning {
  const engineColumn = engineColumns.find(one => one.name === name)
  if (engineColumn !== undefined) return engineColumn
  // The most identifying one: a name that means two things must not look harmless.
  const phi = phis.find(word => same.some(one => one.phi === word))
  const [first] = same
  const type = same.every(one => one.type === first?.type) ? first?.type : undefined
  const meant = same.every(one => one.description === first?.description) ? first?.description : undefined
  return { description: said ?? meant, type, phi }
}
