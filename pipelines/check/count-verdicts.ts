import type { Contract } from '../contract/contract.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import { acceptedRelation } from './keys-sql.ts'
import type { CheckedSelect } from './check-sql.ts'
import type { Rule } from './predicates.ts'
import { decodeVerdict, verdictColumns } from './verdict-columns.ts'

/** A rule, and how many rows or values it concerns. */
export interface RuleCount extends Rule {
  readonly rows: number
}

/** What became of the rows of one table, counted without loading them. */
export interface VerdictCounts {
  readonly rows: number
  readonly loaded: number
  /** Rules that send rows to quarantine, the most frequent first, and `parent` behind them. */
  readonly broken: readonly RuleCount[]
  /** Rules that remove rows, such as `duplicate`, the most frequent first. */
  readonly removed: readonly RuleCount[]
  /** Rules that drop values of loaded rows; the column is the one that loses the value. */
  readonly dropped: readonly RuleCount[]
  readonly droppedRows: number
  /** Rules that warn. */
  readonly warned: readonly RuleCount[]
  /** Values of each countable column. */
  readonly values: Readonly<Record<string, number>>
  /** By file number, the highest record number that yields a row. */
  readonly lastRecords: ReadonlyMap<number, number>
  /** True if two loaded rows may have one key. */
  readonly mayHoldKeyTwice: boolean
}

/**
 * Counts the verdicts of a table. One pass checks the rows and keeps a few numbers of each: to group them three times in that
 * pass, with a count of distinct keys each, took half as long again.
 */
export async function countVerdicts(
  duckdb: DuckDB,
  { contract, select }: { readonly contract: Contract; readonly select: CheckedSelect },
): Promise<VerdictCounts> {
  const judged = quoteIdent(`caseload_judged_${contract.table}`)
  const accepted = await acceptedColumns(duckdb, contract.table, select)
  await duckdb.run(judgedSql(judged, contract, select, await yieldsRemovedBy(duckdb, select), accepted))
  const groups = (
    await duckdb.rows(
      `select verdict, removed_by, marks, count(*) as rows from ${judged} group by verdict, removed_by, marks order by verdict`,
    )
  ).map(verdictGroup)
  const files = await duckdb.rows(`select file_no, max(record_no) as last_record from ${judged} group by file_no`)
  const values = select.countable.map((_, at) => `, count(*) filter (where value_${at}) as values_${at}`)
  const [all = {}] = await duckdb.rows(`select count(distinct loaded_key) as keys${values.join('')} from ${judged}`)
  if (accepted.length === 0) await duckdb.run(`drop table ${judged}`)
  else await duckdb.run(acceptedFromSql(judged, contract.table, accepted))
  const loaded = sum(groups.filter(({ verdict }) => verdict === 0))
  const marked = (kind: 'drop' | 'warn'): readonly RuleCount[] =>
    select.marks
      .map((mark, number) => ({ ...mark, rows: sum(groups.filter(({ marks }) => marks.includes(String(number)))) }))
      .filter(mark => mark.kind === kind && mark.rows > 0)
      .map(({ column, rule, rows }) => ({ column, rule, rows }))
      .sort(byRows)
  const isDrop = (mark: string): boolean => select.marks[Number(mark)]?.kind === 'drop'
  return {
    rows: sum(groups),
    loaded,
    broken: merged(
      groups.flatMap(({ verdict, rows }) => {
        const rule = select.rules[verdict - 1]
        return rule === undefined ? [] : [{ column: rule.column, rule: rule.rule, rows }]
      }),
    ),
    removed: merged(
      groups.flatMap(({ verdict, removedBy, rows }) => {
        const decoded = decodeVerdict(verdict)
        if (decoded.kind !== 'removed') return []
        return [{ column: null, rule: decoded.by === 'removed_by' ? removedBy : decoded.by, rows }]
      }),
    ),
    dropped: marked('drop'),
    droppedRows: sum(groups.filter(({ marks }) => marks.some(isDrop))),
    warned: marked('warn'),
    values: Object.fromEntries(select.countable.map((name, at) => [name, Number(all[`values_${at}`] ?? 0)])),
    lastRecords: new Map(files.map(row => [Number(row['file_no']), Number(row['last_record'])] as const)),
    mayHoldKeyTwice: Number(all['keys'] ?? 0) < loaded,
  }
}

/** Equal hashes of two keys lead to the exact way, which compares the keys themselves. */
function judgedSql(
  name: string,
  { key }: Contract,
  { sql, marks, countable }: CheckedSelect,
  hasRemovedBy: boolean,
  accepted: readonly string[],
): string {
  const { verdict, removedBy, file, record } = verdictColumns
  const columns = [
    `checked.${verdict} as verdict`,
    `${hasRemovedBy ? `checked.${removedBy}` : 'null::varchar'} as removed_by`,
    `${marks.length === 0 ? 'null::varchar' : `checked.${verdictColumns.marks}`} as marks`,
    `checked.${file} as file_no`,
    `checked.${record} as record_no`,
    `case when checked.${verdict} = 0 then hash(${key.map(column => `checked.${quoteIdent(column)}`).join(', ')}) end as loaded_key`,
    ...countable.map((column, at) => `checked.${quoteIdent(column)} is not null as value_${at}`),
    ...accepted.map((column, at) => `checked.${quoteIdent(column)} as kept_${at}`),
  ]
  return `create or replace table ${name} as
select
  ${columns.join(',\n  ')}
from (
${sql}
) as checked`
}

/**
 * The columns of the view of accepted rows that a later SELECT reads, if the rows of this pass have all of them with the same
 * types: then they are kept, since the view would check every row a second time. Empty if no SELECT reads it.
 */
async function acceptedColumns(
  duckdb: DuckDB,
  table: string,
  { sql, columns }: CheckedSelect,
): Promise<readonly string[]> {
  const view = acceptedRelation(table)
  const found = await duckdb.rows(`select 1 from duckdb_views() where view_name = ${quoteConstant(view)}`)
  if (found.length === 0) return []
  const typesOf = async (relation: string): Promise<ReadonlyMap<string, unknown>> => {
    const described = await duckdb.rows(`describe ${relation}`)
    return new Map(described.map(one => [String(one['column_name']), one['column_type']] as const))
  }
  const [read, made] = [await typesOf(`select * from ${quoteIdent(view)}`), await typesOf(sql)]
  const names = [...read.keys()].filter(name => name !== 'file_no' && name !== 'record_no')
  const isSame = names.every(name => columns.includes(name) && made.get(name) === read.get(name))
  return isSame ? names : []
}

function acceptedFromSql(judged: string, table: string, columns: readonly string[]): string {
  const kept = columns.map((column, at) => `kept_${at} as ${quoteIdent(column)}`)
  return `create or replace view ${quoteIdent(acceptedRelation(table))} as
select
  ${[...kept, 'file_no', 'record_no'].join(',\n  ')}
from ${judged}
where verdict = 0`
}

async function yieldsRemovedBy(duckdb: DuckDB, { sql }: CheckedSelect): Promise<boolean> {
  const columns = await duckdb.rows(`describe ${sql}`)
  return columns.some(column => column['column_name'] === verdictColumns.removedBy)
}

interface VerdictGroup {
  readonly verdict: number
  readonly removedBy: string
  readonly marks: readonly string[]
  readonly rows: number
}

function verdictGroup(row: Readonly<Record<string, unknown>>): VerdictGroup {
  const { verdict, removed_by: removedBy, marks, rows } = row
  return {
    verdict: Number(verdict),
    removedBy: String(removedBy),
    marks: typeof marks === 'string' ? marks.split(',') : [],
    rows: Number(rows),
  }
}

/** One count for each rule: rows that also have marks are groups of their own. */
function merged(counts: readonly RuleCount[]): readonly RuleCount[] {
  const found = new Map<string, RuleCount>()
  for (const one of counts) {
    const key = `${one.column ?? ''}.${one.rule}`
    found.set(key, { ...one, rows: one.rows + (found.get(key)?.rows ?? 0) })
  }
  return [...found.values()].sort(
    (one, other) => Number(isConsequence(one)) - Number(isConsequence(other)) || byRows(one, other),
  )
}

/** True for rows that only went with their parent, which is no fault of their own: the causes stand before them. */
export function isConsequence({ column, rule }: Rule): boolean {
  return column === null && rule === 'parent'
}

const byRows = (one: RuleCount, other: RuleCount): number => other.rows - one.rows

const sum = (groups: readonly { readonly rows: number }[]): number => groups.reduce((all, { rows }) => all + rows, 0)
