import { type ContractColumn, isIdentifier } from '../../pipelines/contract/contract.ts'
import { cleanIdentifierSql } from '../../pipelines/contract/identifier.ts'
import { castSql, columnPredicates } from '../../pipelines/check/predicates.ts'
import type { DuckDB } from '../../pipelines/platform/duckdb.ts'

/** The rule that each text broke, undefined for one that holds. */
export type Verdicts = readonly (string | undefined)[]

/** A relation with the texts as `raw` and their number as `n`. */
export function relationOf(values: readonly (string | null)[]): string {
  return `(values ${values.map((value, n) => `(${n}, ${literal(value)})`).join(', ')}) as texts (n, raw)`
}

/**
 * The rules that DuckDB says the texts broke; `lost` where it says none and the cast gives nothing all the same, `kept`
 * where it says that the cast gives nothing and it gives something.
 */
export async function sqlVerdicts(
  db: DuckDB,
  column: ContractColumn,
  relation: string,
  zone = 'UTC',
): Promise<Verdicts> {
  const clean = isIdentifier(column) ? `(select n, ${cleanIdentifierSql('raw')} as raw from ${relation})` : relation
  const predicates = columnPredicates(column, 'raw', { zone, mayHoldNul: true })
  const cases = predicates.map(({ rule, broken }) => `when ${broken} then '${rule}'`)
  const rows = await db.rows(
    `select case
       when raw is not null and verdict is null and value is null then 'lost'
       when verdict = 'cast' and value is not null then 'kept'
       else verdict
     end as verdict
     from (
       select *, ${castSql(column.type, 'raw', zone)} as value, case ${cases.join('\n')} end as verdict
       from ${clean}
     ) as judged
     order by n`,
  )
  return rows.map(row => (row['verdict'] as string | null) ?? undefined)
}

const literal = (value: string | null): string =>
  value === null ? 'null::varchar' : `decode(unhex('${Buffer.from(value).toString('hex')}'))`
