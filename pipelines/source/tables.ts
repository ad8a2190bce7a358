import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { canonical } from '../contract/tables/canonical.ts'
import { columnsOf, type Contract, type ContractShape, lineageColumns, optionalColumns } from '../contract/contract.ts'
import { definitionFaults, TableDeclaration, type TableReference } from '../contract/declare.ts'
import { UsageError } from '../platform/errors.ts'
import { maskColumn } from '../contract/mask/mask.ts'
import { loadModule, refuseOtherCopy } from './load-module.ts'

/** Postgres keeps 63 bytes of a name, and the name of a leaf contains the source and the day, too. */
const longestName = 40
const namePattern = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/
/** PostgreSQL gives every table columns of these names. */
const systemColumns: readonly string[] = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']
const reserved: readonly string[] = ['source', 'batch_date', ...lineageColumns, ...optionalColumns]

/**
 * Loads the tables of a project: `<table>.js` or `<table>.ts`, each with one export of `defineTable` or `extendTable`.
 *
 * @param folder absolute; it may be absent
 * @throws UsageError naming the file and what is wrong in it
 */
export async function loadTables(folder: string): Promise<ReadonlyMap<string, TableDeclaration>> {
  const declared = new Map<string, TableDeclaration>()
  const places = new Map<string, string>()
  if (!existsSync(folder)) return declared
  const files = readdirSync(folder).filter(file => /\.[jt]s$/.test(file) && !file.endsWith('.d.ts'))
  for (const file of files.sort()) {
    const table = file.slice(0, -'.js'.length)
    if (declared.has(table)) throw twice(table)
    declared.set(table, await loadTable(join(folder, file), table))
    places.set(table, `tables/${file}`)
  }
  requireSoundTables(declared, places)
  return declared
}

function twice(table: string): UsageError {
  return new UsageError(
    `tables/${table} exists twice, as .js and as .ts. Remove one; "noEmit": true in tsconfig.json keeps tsc from ` +
      'writing the other.',
  )
}

/**
 * Checks declarations: each by itself, then against each other and the shipped tables.
 *
 * @param declared by the name of the table
 * @param places the file of a table for messages, `tables/<table>` by default
 * @throws UsageError naming the table and what is wrong
 */
export function requireSoundTables(
  declared: ReadonlyMap<string, TableDeclaration>,
  places: ReadonlyMap<string, string> = new Map(),
): void {
  const refuserOf = (table: string) => (what: string) => {
    throw new UsageError(`${places.get(table) ?? `tables/${table}`}: ${what}`)
  }
  // A table may refer to one that is not well-formed: the form of all of them comes first.
  for (const [table, declaration] of declared) requireForm(refuserOf(table), table, declaration)
  for (const [table, declaration] of declared) requireSound(refuserOf(table), table, declaration, declared)
}

async function loadTable(path: string, table: string): Promise<TableDeclaration> {
  const values = Object.values(await loadModule(path))
  for (const value of values) refuseOtherCopy(path, value, TableDeclaration)
  const [only, ...others] = values.filter(value => value instanceof TableDeclaration)
  if (only !== undefined && others.length === 0) return only
  throw new UsageError(`tables/${table} must export exactly one defineTable(...) or extendTable(...) of 'caseload'.`)
}

function requireForm(refuse: Refuse, table: string, declaration: TableDeclaration): void {
  const faults = definitionFaults(declaration)
  if (faults.length > 0) refuse(sentences(faults))
  requireColumns(refuse, table, declaration.definition.columns)
}

function requireSound(
  refuse: Refuse,
  table: string,
  { kind, definition }: TableDeclaration,
  declared: ReadonlyMap<string, TableDeclaration>,
): void {
  if (table.length > longestName || !namePattern.test(table)) {
    refuse(`a table is named in lower-case letters, digits and single underscores, at most ${longestName} characters.`)
  }
  const shipped = canonical.find(one => one.table === table)
  const { columns } = definition
  for (const name of Object.keys(columns)) {
    if (!namePattern.test(name) || name.length > 63) refuse(`the column ${name} is not named in lower-case words.`)
    if (reserved.includes(name) || name.startsWith('caseload_')) refuse(`the column ${name} is the engine's own.`)
    if (systemColumns.includes(name)) {
      refuse(`the column ${name} is PostgreSQL's own: every table has a column of that name. Give it another name.`)
    }
  }
  if (kind === 'columns') {
    if (shipped === undefined) return refuse('no table of that name is shipped. Declare your own with defineTable.')
    requireExtension(refuse, shipped, columns)
    return
  }
  if (shipped !== undefined) {
    refuse('a table of that name is shipped. Give yours another name, or add columns to it with extendTable.')
  }
  requireKey(refuse, definition.key, columns)
  for (const reference of definition.references ?? []) requireReference(refuse, reference, columns, declared)
  requireNoCircle(refuse, table, declared)
}

type Refuse = (what: string) => never

/** Refuses what no builder has made and what masking could not mask, before a run starts. */
function requireColumns(refuse: Refuse, table: string, columns: ContractShape): void {
  if (Object.keys(columns).length === 0) refuse('it declares no column.')
  const faults = Object.entries(columns).flatMap(([name, schema]) => {
    try {
      const shape = { [name]: schema }
      for (const column of columnsOf({ table, grain: '', key: [], references: [], shape })) maskColumn(column, table)
      return []
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)]
    }
  })
  if (faults.length > 0) refuse(sentences(faults))
}

/** Shows five faults at most: a mistake is often repeated in every column. */
function sentences([first = '', ...others]: readonly string[]): string {
  return `${first}.${others.length === 0 ? '' : ` And: ${others.slice(0, 4).join('; ')}.`}`
}

function requireExtension(refuse: Refuse, shipped: Contract, columns: ContractShape): void {
  const taken = Object.keys(columns).filter(name => Object.hasOwn(shipped.shape, name))
  if (taken.length > 0) refuse(`the shipped table has ${taken.join(', ')} already, and no shipped column is changed.`)
  const required = columnsOf({ ...shipped, shape: columns }).filter(column => !column.nullable)
  if (required.length === 0) return
  refuse(`${required.map(({ name }) => name).join(', ')} must be .nullable(): other sources fill the table without it.`)
}

function requireKey(refuse: Refuse, key: readonly string[], columns: ContractShape): void {
  for (const [at, name] of key.entries()) {
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined
    if (key.indexOf(name) !== at) refuse(`its key names ${name} twice.`)
    if (column === undefined) return refuse(`its key names ${name}, which is not one of its columns.`)
    if (column._zod.def.type === 'nullable') refuse(`${name} is part of the key and must not be nullable.`)
  }
}

function requireReference(
  refuse: Refuse,
  { table: parent, columns: names }: TableReference,
  columns: ContractShape,
  declared: ReadonlyMap<string, TableDeclaration>,
): void {
  const own = declared.get(parent)
  const key = own?.kind === 'table' ? own.definition.key : canonical.find(one => one.table === parent)?.key
  if (key === undefined) return refuse(`it refers to ${parent}, which is not a table.`)
  const strange = names.find(name => !Object.hasOwn(columns, name))
  if (strange !== undefined) refuse(`it refers to ${parent} by ${strange}, which is not one of its columns.`)
  if (names.length !== key.length || !key.every(name => names.includes(name))) {
    refuse(`it refers to ${parent} by ${names.join(', ')}; expected that table's key, ${key.join(', ')}.`)
  }
}

function requireNoCircle(refuse: Refuse, table: string, declared: ReadonlyMap<string, TableDeclaration>): void {
  const seen = new Set<string>()
  const follow = (name: string): void => {
    for (const { table: parent } of declared.get(name)?.definition.references ?? []) {
      if (parent === table) refuse('it refers to itself, through its parents.')
      if (seen.has(parent)) continue
      seen.add(parent)
      follow(parent)
    }
  }
  follow(table)
}
