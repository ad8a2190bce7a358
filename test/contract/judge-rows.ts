import type { ExecutionContext } from 'ava'
import { canonical } from '../../pipelines/contract/tables/canonical.ts'
import { checkedSelect } from '../../pipelines/check/check-sql.ts'
import { judgedSelect, type JudgeOptions } from '../../pipelines/check/judge-sql.ts'
import { removedFrom } from '../../pipelines/check/verdict-columns.ts'
import { type Contract } from '../../pipelines/contract/contract.ts'
import { type RuleActions } from '../../pipelines/contract/rule-actions.ts'
import { quoteConstant, quoteIdent } from '../../pipelines/platform/sql.ts'
import type { DuckDB } from '../../pipelines/platform/duckdb.ts'
import { testEngine } from '../helpers/engine.ts'

export type Row = Readonly<Record<string, string | null>>

export const shipped = (table: string): Contract => {
  const contract = canonical.find(one => one.table === table)
  if (contract === undefined) throw new Error(table)
  return contract
}

export const batchDate = '2023-05-01'

/** What came of one row: its verdict as the name of a rule, its columns as they are loaded, and its marks. */
export interface Judged {
  readonly verdict: string | undefined
  readonly loaded: Row
  readonly marks: readonly string[]
  readonly keepsText: boolean
}

/** Judges rows as a batch does that has no parents and no key twice. */
export async function judge(
  db: DuckDB,
  contract: Contract,
  rows: readonly Row[],
  actions: RuleActions,
  mask: JudgeOptions['mask'] = () => 'keep',
): Promise<readonly Judged[]> {
  const names = Object.keys(rows[0] ?? {})
  const text = (value: string | null): string => (value === null ? 'null::varchar' : quoteConstant(value))
  const values = rows.map((row, at) => `(1, ${at + 1}, ${names.map(name => text(row[name] ?? null)).join(', ')})`)
  const select = `select * from (values ${values.join(', ')}) as v (file_no, record_no, ${names.map(quoteIdent).join(', ')})`
  const yielded = new Map([
    ['file_no', 'INTEGER'],
    ['record_no', 'INTEGER'],
    ...names.map(name => [name, 'VARCHAR'] as const),
  ])
  const options: JudgeOptions = { zone: 'UTC', mayHoldNul: true, batchDate, parents: [], actions, mask }
  const checked = checkedSelect(judgedSelect(contract, select, yielded, options))
  const marks = checked.marks.length > 0 ? 'caseload_marks' : 'null'
  const found = await db.rows(
    `select columns(*)::varchar, ${marks} as marks from (${checked.sql}) order by record_no::integer`,
  )
  return found.map(row => {
    const verdict = Number(row['caseload_verdict'])
    const rule = checked.rules[verdict - 1]
    return {
      verdict: verdict === 0 || verdict >= removedFrom ? undefined : [rule?.column ?? '', rule?.rule].join('.'),
      loaded: Object.fromEntries(names.map(name => [name, row[name] as string | null])),
      marks: ((row['marks'] as string | null) ?? '')
        .split(',')
        .filter(number => number !== '')
        .map(number => {
          const { kind, column, rule: name } = checked.marks[Number(number)] ?? {}
          return `${kind ?? ''} ${column ?? ''}.${name ?? ''}`
        }),
      keepsText: row['caseload_row'] !== null,
    }
  })
}

export async function judgeOne(
  t: ExecutionContext,
  table: string,
  row: Row,
  actions: RuleActions = {},
): Promise<Judged> {
  const [one] = await judge(await testEngine(t), shipped(table), [row], actions)
  if (one === undefined) throw new Error('no row')
  return one
}

export const patient = { patient_id: '1', birth_date: '1960-02-03', deceased_at: null }
export const treatment = { patient_id: '1', treatment_id: '1', started_on: '2023-04-02', ended_on: '2023-04-03' }
