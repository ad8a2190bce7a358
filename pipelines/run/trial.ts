import type { CheckedTable } from '../check/check-tables.ts'
import { countVerdicts, type RuleCount, type VerdictCounts } from '../check/count-verdicts.ts'
import { removedFrom, verdictColumns } from '../check/verdict-columns.ts'
import type { Counts } from '../contract/counts.ts'
import { ruleKey } from '../contract/rule-actions.ts'
import type { RejectedRow } from '../ledger/quarantine-row.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { quoteIdent } from '../platform/sql.ts'
import { KeyTwiceError } from '../read/load-strategy.ts'
import type { StagedTable } from '../source/transformer.ts'
import type { StageTarget } from './batch-engine.ts'
import type { Delivery } from './read-delivery.ts'

/** How many rows of one table would be loaded, and what happens to the others. */
export interface TriedTable extends Pick<VerdictCounts, 'broken' | 'removed' | 'dropped' | 'warned'> {
  readonly table: string
  /** Rows that its SELECT yields. */
  readonly candidates: number
  readonly loaded: number
  readonly examples: readonly ExampleRow[]
}

/** A row as it would be loaded, or the texts of one that would not be. */
export interface ExampleRow {
  /** The rule that it breaks; null for a row that would be loaded. */
  readonly rule: string | null
  readonly row: Readonly<Record<string, unknown>>
}

/** Counts the rows of a delivery instead of staging them. An attempt that starts again empties the counts. */
export class Trial {
  readonly #exampleRows: number
  #tables: readonly TriedTable[] = []
  #rejected = new Map<string, RuleCount & { readonly input: string }>()

  constructor(exampleRows: number) {
    this.#exampleRows = exampleRows
  }

  get tables(): readonly TriedTable[] {
    return this.#tables
  }

  get rejected(): readonly (RuleCount & { readonly input: string })[] {
    return [...this.#rejected.values()]
  }

  /** @throws KeyTwiceError if two rows that would be loaded may have one key and `keys` is `optimistic` */
  async count(
    { duckdb, relations }: Delivery,
    checked: readonly CheckedTable[],
    keys: Parameters<StageTarget['stage']>[2],
    signal: AbortSignal,
  ): Promise<readonly StagedTable[]> {
    const tables: TriedTable[] = []
    const staged: StagedTable[] = []
    for (const one of checked) {
      signal.throwIfAborted()
      const { table } = one.contract
      const counts = withEmptyRows(await countVerdicts(duckdb, one), relations.emptyRows(one.reads))
      if (keys === 'optimistic' && counts.mayHoldKeyTwice) throw new KeyTwiceError(table)
      for (const [fileNo, record] of counts.lastRecords) relations.noteRecord(fileNo, record)
      const { rows: candidates, loaded, broken, removed, dropped, warned } = counts
      const examples = this.#exampleRows === 0 ? [] : await examplesOf(duckdb, one, this.#exampleRows)
      tables.push({ table, candidates, loaded, broken, removed, dropped, warned, examples })
      staged.push(stagedTable(table, counts))
    }
    this.#tables = tables
    return staged
  }

  quarantine(): ReturnType<StageTarget['openQuarantine']> {
    return {
      write: rows => {
        for (const row of rows) this.#reject(row)
        return Promise.resolve()
      },
      commit: () => Promise.resolve(),
      rollback: () => {
        this.discard(true)
        return Promise.resolve()
      },
    }
  }

  discard(rereads: boolean): void {
    this.#tables = []
    if (rereads) this.#rejected.clear()
  }

  #reject({ table, rule, reason }: RejectedRow): void {
    const key = `${table} ${rule} ${reason}`
    const rows = (this.#rejected.get(key)?.rows ?? 0) + 1
    this.#rejected.set(key, { input: table, column: null, rule, rows })
  }
}

/** Records of separators alone yield no row, and a run counts them as removed. */
function withEmptyRows(counts: VerdictCounts, rows: number): VerdictCounts {
  if (rows === 0) return counts
  const removed = [...counts.removed, { column: null, rule: 'empty_row', rows }].sort((a, b) => b.rows - a.rows)
  return { ...counts, rows: counts.rows + rows, removed }
}

/** The counts as a stage gives them. */
function stagedTable(table: string, counts: VerdictCounts): StagedTable {
  const droppedBy = (column: string): number =>
    counts.dropped.reduce((sum, one) => (one.column === column ? sum + one.rows : sum), 0)
  return {
    table,
    leaf: undefined,
    candidates: counts.rows,
    loaded: counts.loaded,
    quarantined: byName(counts.broken, ({ rule }) => rule),
    removed: byName(counts.removed, ({ rule }) => rule),
    dropped: byName(counts.dropped, ({ column, rule }) => ruleKey(column, rule)),
    droppedRows: counts.droppedRows,
    droppedOf: Object.fromEntries(
      Object.entries(counts.values).flatMap(([column, values]) => {
        const gone = droppedBy(column)
        return gone === 0 ? [] : [[column, gone + values] as const]
      }),
    ),
    warned: byName(counts.warned, ({ column, rule }) => ruleKey(column, rule)),
  }
}

function byName(counts: readonly RuleCount[], name: (count: RuleCount) => string): Counts {
  const found = new Map<string, number>()
  for (const one of counts) found.set(name(one), (found.get(name(one)) ?? 0) + one.rows)
  return Object.fromEntries(found)
}

/** The first rows that would be loaded, and the first that would not. */
async function examplesOf(duckdb: DuckDB, { select }: CheckedTable, most: number): Promise<readonly ExampleRow[]> {
  const { verdict, row } = verdictColumns
  const loaded = await duckdb.rows(
    `select ${select.columns.map(quoteIdent).join(', ')} from (\n${select.sql}\n) as checked where ${verdict} = 0 limit ${most}`,
  )
  const broken = await duckdb.rows(
    `select ${verdict} as verdict, ${row} as texts from (\n${select.sql}\n) as checked
where ${verdict} between 1 and ${removedFrom - 1} limit ${most}`,
  )
  return [
    ...loaded.map(values => ({ rule: null, row: values })),
    ...broken.map(({ verdict: number, texts }) => {
      const { column = null, rule = '' } = select.rules[Number(number) - 1] ?? {}
      return { rule: ruleKey(column, rule), row: JSON.parse(String(texts)) as Readonly<Record<string, unknown>> }
    }),
  ]
}
