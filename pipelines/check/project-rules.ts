import { columnsOf, type Contract } from '../contract/contract.ts'
import { projectRules, type RowRule } from '../contract/row-rules.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { DuckDbError, forbiddenWords, isForbidden } from '../platform/duckdb-error.ts'
import { UsageError } from '../platform/errors.ts'
import { quoteIdent } from '../platform/sql.ts'
import { isBlamable } from './diagnose-failure.ts'
import { castSql } from './predicates.ts'

/**
 * Lets DuckDB bind the rules that the project adds to a table, over no row: inside the statement of a whole table an error
 * would not say which rule it is about.
 *
 * @throws UsageError naming the file of a rule that is not a boolean expression over one row
 */
export async function requireRuleSql(duckdb: DuckDB, contract: Contract): Promise<void> {
  for (const rule of projectRules(contract.table)) {
    const type = await typeOf(duckdb, contract, rule)
    if (type === 'BOOLEAN') continue
    throw new UsageError(
      `${rule.origin}: expected a boolean expression, true for a row that breaks the rule, found one of type ${type}.`,
    )
  }
}

async function typeOf(duckdb: DuckDB, contract: Contract, { columns, broken, origin }: RowRule): Promise<string> {
  const typed = columnsOf(contract)
    .filter(({ name }) => columns.includes(name))
    .map(({ name, type }) => `${castSql(type, 'null::varchar', 'UTC')} as ${quoteIdent(name)}`)
  const condition = broken(column => `sample.${quoteIdent(column)}`, '2000-01-01')
  try {
    // Beside the columns of a row DuckDB takes no aggregate.
    const found = await duckdb.rows(
      `describe select sample.*, ${condition} as caseload_broken from (select ${typed.join(', ')}) as sample`,
    )
    return String(found.at(-1)?.['column_type'])
  } catch (error) {
    if (!(error instanceof DuckDbError) || !isBlamable(error)) throw error
    const { message } = error
    throw new UsageError(
      `${origin} ${isForbidden(error) ? `${forbiddenWords} (${message})` : `is not an expression that DuckDB takes: ${message}`}.`,
    )
  }
}
