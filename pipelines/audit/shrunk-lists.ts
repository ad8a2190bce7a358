import type { Batch } from '../source/batch.ts'
import { quoteRelation } from './check-query.ts'
import { contractFor } from '../contract/tables/contracts.ts'
import { countText, numberText } from '../platform/count-text.ts'
import { RefusedError } from '../platform/errors.ts'
import { mayBeEmpty } from './lost-rows.ts'
import type { Session } from '../platform/postgres.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import type { StagedTable, Transformer } from '../source/transformer.ts'

/** What the check of a batch's full lists depends on. */
export interface ListParts {
  readonly batch: Batch
  readonly declared: Pick<Transformer, 'delivery' | 'empty' | 'shrink'>
  /** True if the operator allows lists to shrink in this run. */
  readonly allowShrink: boolean | undefined
}

/** How many keys the newest published list before this one has, and how many of them this one lacks. */
interface Comparison {
  readonly table: string
  /** Day of that batch, `yyyy-mm-dd`. */
  readonly date: string
  readonly before: number
  readonly gone: number
}

/**
 * In a list of this number of keys or more, the loss of more than half is a fault of the feed. Of two or three, such as the
 * devices of a small ward, two can be given back on one day.
 */
const fewestKeys = 4

/** True if a list has lost too many keys: all, or more than half of at least four. */
export function isShrunk(before: number, gone: number): boolean {
  return before > 0 && (gone === before || (before >= fewestKeys && gone > before / 2))
}

/**
 * Refuses a batch that would become the newest of a `full` list and lacks more than half of the newest published one before it.
 * It compares keys, not counts: ids in another spelling (`101.0` for `101`) are as many as before.
 *
 * A batch that is published already, or that is older than a published one, is not checked: readers follow the newest, and a
 * rerun of old days must end in the same rows. The rows of a batch that is not refused never depend on the lists before it.
 *
 * @param session outside a transaction
 * @throws RefusedError naming tables, days and counts
 */
export async function requireWholeLists(
  session: Session,
  tables: readonly StagedTable[],
  { batch, declared, allowShrink }: ListParts,
): Promise<void> {
  if (allowShrink === true) return
  const lists = tables.filter(({ table, loaded }) => {
    if (declared.delivery[table] !== 'full' || declared.shrink[table] === 'allow') return false
    // `empty` decides about a list without a row.
    return loaded > 0 || !mayBeEmpty(declared.empty, table)
  })
  if (lists.length === 0) return
  const found = await session.query<{ table_name: string; batch_date: string; loaded: number }>(
    readSql('sql/statements/audit/newest_full_lists.sql'),
    [batch.source, batch.date, lists.map(({ table }) => table)],
  )
  const shrunk: Comparison[] = []
  for (const { table_name: table, batch_date: date, loaded: before } of found.rows) {
    const leaf = lists.find(one => one.table === table)?.leaf
    const gone = leaf === undefined ? before : await countGone(session, { table, leaf, source: batch.source, date })
    if (isShrunk(before, gone)) shrunk.push({ table, date, before, gone })
  }
  if (shrunk.length > 0) throw refusalOf(shrunk)
}

interface List {
  readonly table: string
  /** The staged leaf. */
  readonly leaf: string
  readonly source: string
  /** The day of the published batch. */
  readonly date: string
}

/** Reads published rows through the table, not through their leaf, which may have other days, too. */
async function countGone(session: Session, { table, leaf, source, date }: List): Promise<number> {
  const key = contractFor(table)?.key ?? []
  const isSame = key.map(column => `s.${quoteIdent(column)} = p.${quoteIdent(column)}`).join(' and ')
  const { rows } = await session.query<{ gone: number }>(
    `select count(*) as gone
from ${quoteRelation({ schema: 'store', name: table })} as p
where p.source = $1
  and p.batch_date = $2
  and not exists (
    select
    from ${quoteRelation({ schema: 'caseload_stage', name: leaf })} as s
    where ${isSame}
  )`,
    [source, date],
  )
  return rows[0]?.gone ?? 0
}

function refusalOf(shrunk: readonly Comparison[]): RefusedError {
  const words = shrunk.map(
    ({ table, date, before, gone }) => `${numberText(gone)} of the ${countText(before, 'row')} of ${table} of ${date}`,
  )
  const [first] = shrunk
  return new RefusedError(
    `Expected a full list to keep at least half of the one before it, but this delivery lacks ${words.join(', ')}, by ` +
      `their keys. What was published before is unchanged. Check whether the delivery is cut short, or spells its ids ` +
      `in another way than before, and correct it. If these rows are gone for good, run the batch once with --allow-shrink; ` +
      `a source whose lists change that much declares shrink = { ${first?.table ?? ''}: 'allow' }.`,
  )
}
