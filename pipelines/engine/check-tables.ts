import type { Batch } from '../batch.ts'
import {
  checkedSelect,
  type CheckedSelect,
  type JudgedSelect,
  judgedSelect,
  type JudgeOptions,
  type ParentKeys,
} from '../contract/check-sql.ts'
import type { Contract, ContractColumn, Reference } from '../contract/contract.ts'
import { allContracts, contractFor } from '../contract/contracts.ts'
import {
  acceptedRelation,
  acceptedSql,
  findTwiceSql,
  keysTable,
  parentKeysSql,
  resolvedSelect,
  setAsideSql,
  twiceTable,
} from '../contract/keys-sql.ts'
import { DuckDbError, isAboutData } from '../duckdb-error.ts'
import type { DuckDB } from '../duckdb.ts'
import { UsageError } from '../errors.ts'
import type { MaskedColumn } from '../mask/mask.ts'
import { quoteIdent } from '../sql.ts'
import type { Candidates, Transformer } from '../transformer.ts'
import { KeyTwiceError } from './attempt.ts'

/** A table of the batch, ready to be streamed. */
export interface CheckedTable {
  readonly contract: Contract
  readonly select: CheckedSelect
}

/** What the checks of a batch depend on. */
export interface CheckContext {
  readonly duckdb: DuckDB
  readonly batch: Batch
  readonly declared: Pick<Transformer, 'zone' | 'references' | 'onConflict'>
  /** Names of the relations there are. */
  readonly relations: readonly string[]
  /** False if nothing came of what a table is made of, given the relations behind it. */
  readonly isDelivered: (reads: readonly string[]) => boolean
  readonly mayHoldNul: boolean
  readonly mask: (column: ContractColumn) => MaskedColumn
  readonly keys: 'optimistic' | 'exact'
}

/**
 * Wraps the SELECTs of a batch with the contracts of their tables. Parents come first: their keys are gathered, so that
 * the rows of their children know what became of them. A table of which nothing was delivered is left out, and no row is
 * said to lack a parent in it.
 *
 * @throws UsageError if a SELECT is not one that DuckDB and the contract take
 * @throws KeyTwiceError if a parent has one key twice and keys are not resolved
 */
export async function checkTables(
  context: CheckContext,
  candidates: readonly Candidates[],
): Promise<readonly CheckedTable[]> {
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
    const options: JudgeOptions = {
      zone: context.declared.zone,
      mayHoldNul: context.mayHoldNul,
      batchDate: context.batch.date,
      parents,
      mask: context.mask,
    }
    const judged = await resolved(context, judgedSelect(contract, select, yielded, options))
    if (isParent(table)) await gatherKeys(context, judged)
    const accepted = acceptedRelation(table)
    if (delivered.some(other => relationsIn(other.select, [accepted]).length > 0)) {
      await context.duckdb.run(acceptedSql(judged))
    }
    checked.push({ contract, select: checkedSelect(judged) })
  }
  return checked
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

/** Canonical order has parents first, whatever order the source names its tables in. */
function parentsFirst(candidates: readonly Candidates[]): readonly Candidates[] {
  return allContracts().flatMap(({ table }) => candidates.filter(candidate => candidate.table === table))
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
  return relations.filter(name => new RegExp(`\\b${name}\\b`).test(select.replaceAll(/--.*$/gm, '')))
}

function contractOf(table: string): Contract {
  const contract = contractFor(table)
  if (contract === undefined) throw new Error(`${table} has no contract`)
  return contract
}

async function describe(
  { duckdb, batch }: CheckContext,
  table: string,
  select: string,
): Promise<ReadonlyMap<string, string>> {
  try {
    const rows = await duckdb.rows(`describe ${select}`)
    return new Map(rows.map(row => [String(row['column_name']), String(row['column_type'])]))
  } catch (error) {
    if (!(error instanceof DuckDbError) || isAboutData(error)) throw error
    throw new UsageError(`The SELECT for ${table} of ${batch.source} is not one that DuckDB takes: ${error.message}.`)
  }
}
