import type { Batch } from '../source/batch.ts'
import {
  checkedSelect,
  type CheckedSelect,
  type JudgedSelect,
  judgedSelect,
  type JudgeOptions,
  type ParentKeys,
} from './check-sql.ts'
import { columnsOf, type Contract, type ContractColumn, type Reference } from '../contract/contract.ts'
import { type DoubtfulZone, type Doubts, noDoubts } from './doubtful-times.ts'
import { contractFor, parentsFirst } from '../contract/tables/contracts.ts'
import {
  acceptedRelation,
  acceptedSql,
  findTwiceSql,
  keysTable,
  parentKeysSql,
  resolvedSelect,
  setAsideSql,
  twiceTable,
} from './keys-sql.ts'
import { forbiddenWords, isAboutData, isForbidden } from '../platform/duckdb-error.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { UsageError } from '../platform/errors.ts'
import type { ShownColumn } from '../contract/mask/mask.ts'
import { quoteIdent } from '../platform/sql.ts'
import { statementsOf, withoutComments } from '../platform/sql-text.ts'
import type { Candidates, Transformer } from '../source/transformer.ts'
import type { CompareZone } from './zones/compare-rules.ts'
import { zonesInSelect } from './zones/zones-in-select.ts'
import { KeyTwiceError } from '../read/load-strategy.ts'
import { isBlamable } from './diagnose-failure.ts'

/** A table of the batch, ready to be streamed. */
export interface CheckedTable {
  readonly contract: Contract
  readonly select: CheckedSelect
  /** A row that breaks `doubtRule` is no row for quarantine: its batch is refused. */
  readonly doubts: Doubts
}

/** What the checks of a batch depend on. */
export interface CheckContext {
  readonly duckdb: DuckDB
  readonly batch: Batch
  readonly declared: Pick<Transformer, 'zone' | 'references' | 'onConflict' | 'rules'> &
    Partial<Pick<Transformer, 'ids'>>
  /** Names of the relations there are. */
  readonly relations: readonly string[]
  /** False if nothing came of what a table is made of, given the relations behind it. */
  readonly isDelivered: (reads: readonly string[]) => boolean
  readonly mayHoldNul: boolean
  /** False if no text of the files can hold a control character of ASCII. */
  readonly mayHoldControl?: boolean
  /** False if every text of the files is ASCII. */
  readonly mayHoldNonAscii?: boolean
  /** By table, the columns of each index beside the key. */
  readonly indexes?: ReadonlyMap<string, readonly (readonly string[])[]>
  readonly mask: (column: ContractColumn) => ShownColumn
  readonly keys: 'optimistic' | 'exact'
  /** Compares the rules of a zone with the server's; without it none is in doubt. */
  readonly compareZone?: CompareZone
  /** Path of a table's SELECT as its author knows it; without it errors name the table alone. */
  readonly selectPath?: ((table: string) => string) | undefined
}

/**
 * Wraps the SELECTs of a batch with the contracts of their tables. Parents come first: their keys are gathered, so that
 * the rows of their children know what became of them. A table of which nothing was delivered is left out, and no row is
 * said to lack a parent in it.
 *
 * @throws UsageError naming its file, if a SELECT is not one that DuckDB and the contract take
 * @throws KeyTwiceError if a parent has one key twice and keys are not resolved
 */
export async function checkTables(
  context: CheckContext,
  written: readonly Candidates[],
): Promise<readonly CheckedTable[]> {
  const candidates = written.map(({ table, select }) => ({ table, select: soleSelect(context, table, select) }))
  const isParent = (table: string): boolean =>
    contracts.some(child => batchReferences(context, child, contracts).some(reference => reference.table === table))
  const readsOf = readsByTable(context, candidates)
  const delivered = candidates.filter(({ table }) => context.isDelivered(readsOf.get(table) ?? []))
  const contracts = delivered.map(({ table }) => contractOf(table))
  const checked: CheckedTable[] = []
  for (const { table, select } of parentsFirst(delivered)) {
    const contract = contractOf(table)
    const reads = readsOf.get(table) ?? []
    const yielded = await describe(context, table, select)
    const parents = batchReferences(context, contract, contracts)
      .filter(reference => reference.columns.every(column => yielded.has(column)))
      .map(reference => parentKeys(context, reference, sameRelation(reads, readsOf.get(reference.table) ?? [])))
    const doubts = await naming(context.selectPath?.(table), () => doubtsOf(context, contract, select))
    const options: JudgeOptions = {
      zone: context.declared.zone,
      mayHoldNul: context.mayHoldNul,
      mayHoldControl: context.mayHoldControl ?? true,
      mayHoldNonAscii: context.mayHoldNonAscii ?? true,
      ids: context.declared.ids ?? {},
      indexes: context.indexes?.get(table) ?? [],
      batchDate: context.batch.date,
      parents,
      doubts,
      actions: context.declared.rules,
      mask: context.mask,
    }
    const judged = await naming(context.selectPath?.(table), () =>
      resolved(context, judgedSelect(contract, select, yielded, options)),
    )
    if (isParent(table)) await gatherKeys(context, judged)
    const accepted = acceptedRelation(table)
    if (delivered.some(other => relationsIn(other.select, [accepted]).length > 0)) {
      await context.duckdb.run(acceptedSql(judged))
    }
    checked.push({ contract, select: checkedSelect(judged), doubts })
  }
  return checked
}

/** Only the zones in which a table's times are placed, or its SELECT shows moments, are compared. */
async function doubtsOf({ compareZone, declared }: CheckContext, contract: Contract, select: string): Promise<Doubts> {
  const shown = zonesInSelect(select, declared.zone)
  if (compareZone === undefined) return noDoubts
  const doubtful = async (zone: string): Promise<readonly DoubtfulZone[]> => {
    const differences = await compareZone(zone)
    return differences.length === 0 ? [] : [{ zone, differences }]
  }
  const places = columnsOf(contract).some(({ type }) => type.kind === 'timestamp')
  const [placed] = places ? await doubtful(declared.zone) : []
  const inSelect: DoubtfulZone[] = []
  for (const zone of shown) inSelect.push(...(await doubtful(zone)))
  return { placed, shown: inSelect }
}

/**
 * Rows that are numbered come twice in every real delivery: keys are looked for at once there, because to find them by the
 * unique index costs a whole copy of the table first.
 */
async function resolved(context: CheckContext, judged: JudgedSelect): Promise<JudgedSelect> {
  const onConflict = context.declared.onConflict[judged.contract.table] ?? 'newest'
  const isNumbered = typeof onConflict === 'object' && 'number' in onConflict
  if (context.keys === 'optimistic' && !isNumbered) return judged
  await context.duckdb.run(findTwiceSql(judged, onConflict))
  const twice = await context.duckdb.rows(`select 1 from ${quoteIdent(twiceTable(judged.contract.table))} limit 1`)
  // Rows of a version that lost are resolved below even if none of them is contested.
  if (twice.length === 0 && judged.options.parents.every(({ followsVersion }) => !followsVersion)) return judged
  await context.duckdb.run(setAsideSql(judged, onConflict))
  return resolvedSelect(judged, onConflict)
}

async function gatherKeys({ duckdb, keys }: CheckContext, judged: JudgedSelect): Promise<void> {
  const { table, key } = judged.contract
  await duckdb.run(parentKeysSql(judged, key))
  if (keys === 'exact') return
  const twice = await duckdb.rows(`select 1 from ${quoteIdent(keysTable(table))} where caseload_loaded > 1 limit 1`)
  if (twice.length > 0) throw new KeyTwiceError(table)
}

function parentKeys({ keys }: CheckContext, reference: Reference, together: boolean): ParentKeys {
  return {
    keysTable: keysTable(reference.table),
    columns: reference.columns,
    followsVersion: keys === 'exact' && reference.versioned && together,
  }
}

/** The parents that must be in this batch. */
function batchReferences(
  { declared }: CheckContext,
  contract: Contract,
  contracts: readonly Contract[],
): readonly Reference[] {
  if (declared.references[contract.table] === 'deferred') return []
  return contract.references.filter(reference => contracts.some(({ table }) => table === reference.table))
}

/** The relations behind each table, also through the accepted rows of an earlier one. */
function readsByTable(
  { relations }: CheckContext,
  candidates: readonly Candidates[],
): ReadonlyMap<string, readonly string[]> {
  const readsOf = new Map<string, readonly string[]>()
  for (const { table, select } of parentsFirst(candidates)) {
    const through = [...readsOf].filter(([earlier]) => relationsIn(select, [acceptedRelation(earlier)]).length > 0)
    const reads = [...relationsIn(select, relations), ...through.flatMap(([, behind]) => behind)]
    readsOf.set(table, [...new Set(reads)])
  }
  return readsOf
}

/** Only within one relation do file and record numbers tell two versions of a parent apart. */
function sameRelation(child: readonly string[], parent: readonly string[]): boolean {
  return child.length === 1 && parent.length === 1 && child[0] === parent[0]
}

function relationsIn(select: string, relations: readonly string[]): readonly string[] {
  const code = withoutComments(select)
  return relations.filter(name => new RegExp(`(?<!\\w)${escaped(name)}(?!\\w)`, 'i').test(code))
}

const escaped = (name: string): string => name.replaceAll(/[^\w]/g, one => `\\${one}`)

function contractOf(table: string): Contract {
  const contract = contractFor(table)
  if (contract === undefined) throw new Error(`${table} has no contract`)
  return contract
}

/** A SELECT stands as a subquery in others, which takes no semicolon, and a second statement would run by itself. */
function soleSelect({ selectPath }: CheckContext, table: string, text: string): string {
  const [only, ...others] = statementsOf(text)
  if (only !== undefined && others.length === 0) return only
  throw new UsageError(
    `${selectPath?.(table) ?? `The SELECT for ${table}`} holds ${others.length === 0 ? 'no statement' : `${others.length + 1} statements`}; ` +
      'expected one SELECT.',
  )
}

/**
 * Puts the path of a SELECT before what is said of it.
 *
 * @param path undefined where it is not known
 * @throws what the work throws; of a UsageError another one, with the path
 */
export async function naming<T>(path: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw path !== undefined && error instanceof UsageError ? new UsageError(`${path}: ${error.message}`) : error
  }
}

async function describe(context: CheckContext, table: string, select: string): Promise<ReadonlyMap<string, string>> {
  const { duckdb, batch, selectPath } = context
  const refused = (what: string): UsageError => {
    const path = selectPath?.(table)
    return new UsageError(`${path === undefined ? '' : `${path}: `}The SELECT for ${table} of ${batch.source} ${what}`)
  }
  const found = await rowsOrError(duckdb, `describe ${select}`)
  if (found instanceof Error) {
    if (!isBlamable(found) || (isAboutData(found) && !(await canDescribe(context)))) throw found
    const { message } = found
    throw refused(isForbidden(found) ? `${forbiddenWords} (${message}).` : `is not one that DuckDB takes: ${message}.`)
  }
  const names = found.map(row => String(row['column_name']))
  // DuckDB does not tell them apart by case.
  const twice = names.find((name, index) => names.findIndex(one => one.toLowerCase() === name.toLowerCase()) < index)
  if (twice !== undefined) throw refused(`yields ${twice} twice, and only one of them could be loaded. Leave one out.`)
  return new Map(found.map((row, index) => [String(names[index]), String(row['column_type'])]))
}

/** False if it is a file that DuckDB cannot take, before any SELECT reads it. */
async function canDescribe({ duckdb, relations }: CheckContext): Promise<boolean> {
  for (const relation of relations) {
    if ((await rowsOrError(duckdb, `describe ${quoteIdent(relation)}`)) instanceof Error) return false
  }
  return true
}

async function rowsOrError(duckdb: DuckDB, sql: string): Promise<readonly Record<string, unknown>[] | Error> {
  try {
    return await duckdb.rows(sql)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
