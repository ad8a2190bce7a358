import { type Candidates, referencesOf, type Transformer } from '../source/transformer.ts'
import { z } from 'zod'
import { checkedSelect, type CheckedSelect } from './check-sql.ts'
import type { Contract, ContractColumn, Reference } from '../contract/contract.ts'
import { contractFor, parentsFirst } from '../contract/tables/contracts.ts'
import { type DescribeContext, describeSelect, soleSelect, withTableInError } from './describe-select.ts'
import { type Doubts, doubtsOf } from './doubtful-times.ts'
import { type JudgedSelect, judgedSelect, missingColumns, type JudgeOptions, type ParentKeys } from './judge-sql.ts'
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
import type { ShownColumn } from '../contract/mask/mask.ts'
import { UsageError } from '../platform/errors.ts'
import { quoteIdent } from '../platform/sql.ts'
import { readsByTable, relationsIn, sameRelation } from './select-relations.ts'
import type { CompareZone } from './zones/compare-rules.ts'
import { KeyTwiceError } from '../read/load-strategy.ts'
import { requireRuleSql } from './project-rules.ts'

/** A table of the batch, ready to be streamed. */
export interface CheckedTable {
  readonly contract: Contract
  readonly select: CheckedSelect
  /** The relations of files that its SELECT reads. */
  readonly reads: readonly string[]
  /** A row that breaks `doubtRule` does not go to quarantine: its batch is refused. */
  readonly doubts: Doubts
}

/** What the checks of a batch depend on. */
export interface CheckContext extends DescribeContext {
  readonly declared: Pick<Transformer, 'zone' | 'references' | 'onConflict' | 'rules'> &
    Partial<Pick<Transformer, 'ids' | 'children'>>
  /** False if none of the files behind these relations was delivered. */
  readonly isDelivered: (reads: readonly string[]) => boolean
  readonly mayHoldNul: boolean
  /** False if no text of the files can contain an ASCII control character. */
  readonly mayHoldControl?: boolean
  /** False if every text of the files is ASCII. */
  readonly mayHoldNonAscii?: boolean
  /** By table, the columns of each index besides the key. */
  readonly indexes?: ReadonlyMap<string, readonly (readonly string[])[]>
  readonly mask: (column: ContractColumn) => ShownColumn
  readonly keys: 'optimistic' | 'exact'
  /** False if the caller finds duplicate keys itself where rows are numbered, too; true by default. */
  readonly findsNumbered?: boolean
  /** Compares the clock rules of a zone with the server's; if it is left out, no zone is compared. */
  readonly compareZone?: CompareZone
}

/**
 * Wraps the SELECTs of a batch with the contracts of their tables. Parents come first: their keys are collected, so
 * that the rows of their children can be checked against them. A table without delivered files is left out, and
 * references to it are not checked.
 *
 * @throws UsageError with the path of a SELECT that DuckDB or the contract rejects
 * @throws KeyTwiceError if a parent has a duplicate key and `keys` is `optimistic`
 */
export async function checkTables(
  context: CheckContext,
  written: readonly Candidates[],
): Promise<readonly CheckedTable[]> {
  const candidates = written.map(({ table, select }) => ({ table, select: soleSelect(context, table, select) }))
  const isParent = (table: string): boolean =>
    contracts.some(child => batchReferences(context, child, contracts).some(reference => reference.table === table))
  const readsOf = readsByTable(context.relations, candidates)
  const delivered = candidates.filter(({ table }) => context.isDelivered(readsOf.get(table) ?? []))
  const contracts = delivered.map(({ table }) => contractOf(context, table))
  const checked: CheckedTable[] = []
  const missing: string[] = []
  for (const { table, select } of parentsFirst(delivered)) {
    const contract = contractOf(context, table)
    await requireRuleSql(context.duckdb, contract)
    const reads = readsOf.get(table) ?? []
    // The accepted rows of an earlier table are not there any more to describe.
    if (
      missing.length > 0 &&
      relationsIn(
        select,
        delivered.map(other => acceptedRelation(other.table)),
      ).length > 0
    )
      continue
    const yielded = await describeSelect(context, table, select)
    const lacks = missingColumns(contract, yielded)
    if (lacks !== undefined)
      missing.push(`${context.selectPath === undefined ? '' : `${context.selectPath(table)}: `}${lacks}`)
    if (missing.length > 0) continue
    const parents = batchReferences(context, contract, contracts)
      .filter(reference => reference.columns.every(column => yielded.has(column)))
      .map(reference => parentKeys(context, reference, sameRelation(reads, readsOf.get(reference.table) ?? [])))
    const path = context.selectPath?.(table)
    const doubts = await withTableInError(path, () =>
      doubtsOf(contract, select, context.declared.zone, context.compareZone),
    )
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
    const judged = await withTableInError(path, () =>
      resolveKeys(context, judgedSelect(contract, select, yielded, options)),
    )
    if (isParent(table)) await collectKeys(context, judged)
    const accepted = acceptedRelation(table)
    if (delivered.some(other => relationsIn(other.select, [accepted]).length > 0)) {
      await context.duckdb.run(acceptedSql(judged))
    }
    checked.push({ contract, select: checkedSelect(judged), reads: relationsIn(select, context.relations), doubts })
  }
  // All of them at once: one at a time would be a run for each.
  if (missing.length > 0) throw new UsageError(missing.join(' '))
  return checked
}

/**
 * If rows are numbered, every real delivery has duplicate keys. So they are looked for at once: the unique index finds
 * them only after the whole table was copied.
 */
async function resolveKeys(context: CheckContext, judged: JudgedSelect): Promise<JudgedSelect> {
  const onConflict = context.declared.onConflict[judged.contract.table] ?? 'newest'
  const isNumbered = typeof onConflict === 'object' && 'number' in onConflict
  if (context.keys === 'optimistic' && !(isNumbered && (context.findsNumbered ?? true))) return judged
  await context.duckdb.run(findTwiceSql(judged, onConflict))
  const twice = await context.duckdb.rows(`select 1 from ${quoteIdent(twiceTable(judged.contract.table))} limit 1`)
  // Rows with `lostVerdict` have to be resolved even without duplicate keys.
  if (twice.length === 0 && judged.options.parents.every(({ followsVersion }) => !followsVersion)) return judged
  await context.duckdb.run(setAsideSql(judged, onConflict))
  return resolvedSelect(judged, onConflict)
}

async function collectKeys({ duckdb, keys }: CheckContext, judged: JudgedSelect): Promise<void> {
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

/** The references to tables of this batch. */
function batchReferences(
  { declared }: CheckContext,
  contract: Contract,
  contracts: readonly Contract[],
): readonly Reference[] {
  if (referencesOf(declared, contract.table) === 'deferred') return []
  return contract.references.filter(reference => contracts.some(({ table }) => table === reference.table))
}

/** A diagnosis that is a row of its own needs its id: a position would let one diagnosis replace another. */
function contractOf({ declared }: CheckContext, table: string): Contract {
  const contract = contractFor(table)
  if (contract === undefined) throw new Error(`${table} has no contract`)
  const id = contract.shape['diagnosis_id']
  const needsId = table === 'diagnoses' && declared.children?.[table] === 'entity' && id instanceof z.ZodNullable
  return needsId ? { ...contract, shape: { ...contract.shape, diagnosis_id: id.unwrap() } } : contract
}
