import { quoteIdent } from '../platform/sql.ts'
import { nested } from './compose.ts'
import type { Mart, MartModel } from './definitions.ts'
import { isOneOf, outputFilter, parameters, restriction } from './slice-rows.ts'
import type { Slice, Statement } from './slice.ts'

/**
 * The statements that do the same where a mart is distributed over machines: they remove all rows of the slice and add those of the
 * view. Citus neither deletes by the place of a row nor compares whole rows. What the view reads stands where it is read, or in a step
 * that is `materialized`: Citus 13 takes two uses of a step that is `not materialized` for one table, joins them within each shard, and answers
 * wrong rows without an error. For the same reason a table is read by one condition and not as a union of batches. `offset 0` lets the rows pass through the coordinator: what Citus 13 sends to the shards in an INSERT
 * of its own has lost the operand of a CASE.
 */
export function replaceStatements(
  model: MartModel,
  mart: Mart,
  slice: Slice,
): { readonly remove: Statement; readonly add: Statement } {
  const [removal, addition] = [parameters(), parameters()]
  const table = `mart.${quoteIdent(mart.name)}`
  const columns = mart.columns.map(quoteIdent).join(', ')
  const isApart = slice.by === 'person' || slice.by === 'source' || slice.by === 'month' || slice.by === 'whole'
  const { steps, query } = nested(model, mart, isApart, {
    rows: ({ schema, name, columns: has }) =>
      `select * from ${schema}.${quoteIdent(name)} where ${restriction(model, { schema, name, columns: has }, slice, addition.bind)}`,
    definition: (_, stored) => stored,
  })
  return {
    remove: {
      text: `delete from ${table} where ${outputFilter(slice, removal.bind, isOneOf)}`,
      values: removal.values,
    },
    add: {
      text: `insert into ${table} (${columns}) ${steps}select ${columns} from (${query}) as f where ${outputFilter(slice, addition.bind, isOneOf)} offset 0`,
      values: addition.values,
    },
  }
}
