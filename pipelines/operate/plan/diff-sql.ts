import { quoteRelation } from '../../audit/check-query.ts'
import { quoteIdent } from '../../platform/sql.ts'
import type { PlanColumn } from './diff.ts'

/** How a key differs between the two versions. */
export type ChangeKind = 'added' | 'removed' | 'changed'

/** Both statements take the source as $1 and the batch's date as $2; the second takes the maximum number of rows as $3. */
interface DiffStatements {
  /** One row of counts. */
  readonly counts: string
  /** The keys of one kind of change, and the columns that changed. */
  readonly keys: (kind: ChangeKind) => string
}

/**
 * The statements that compare the staged rows of one table with the published ones, by key.
 *
 * They read published rows through the table and not through their leaf, which may hold other days, too. Columns are named by
 * their position (`c0`, `c1`, ...), so that no name collides.
 *
 * @param leaf the staged leaf; undefined if nothing was staged
 * @param columns all but source and batch_date, in order
 */
export function diffStatements(
  table: string,
  leaf: string | undefined,
  columns: readonly PlanColumn[],
): DiffStatements {
  const list = columns.map(({ name }, at) => `${quoteIdent(name)} as c${at}`).join(',\n    ')
  const published = quoteRelation({ schema: 'store', name: table })
  const staged = leaf === undefined ? published : quoteRelation({ schema: 'caseload_stage', name: leaf })
  const key = columns.flatMap(({ isKey }, at) => (isKey ? [at] : []))
  const rest = columns.flatMap(({ isKey }, at) => (isKey ? [] : [at]))
  const differs = (at: number): string => `s.c${at} is distinct from p.c${at}`
  const anyDiffers = rest.length === 0 ? 'false' : `(${rest.map(differs).join(' or ')})`
  const both = 's.present and p.present'
  const joined = `from (
  select
    true as present,
    ${list}
  from ${staged}${leaf === undefined ? '\n  where false' : ''}
) as s
full join (
  select
    true as present,
    ${list}
  from ${published}
  where source = $1
    and batch_date = $2
) as p
  on ${key.map(at => `s.c${at} = p.c${at}`).join('\n  and ')}`
  const where: Readonly<Record<ChangeKind, string>> = {
    added: 'p.present is null',
    removed: 's.present is null',
    changed: `${both} and ${anyDiffers}`,
  }
  const perColumn = columns.map(
    (_, at) => `count(*) filter (where p.present and p.c${at} is null) as before_${at},
  count(*) filter (where s.present and s.c${at} is null) as after_${at},
  count(*) filter (where ${both} and ${differs(at)}) as changed_${at}`,
  )
  const aggregates = [
    'count(p.present) as rows_before',
    'count(s.present) as rows_after',
    ...Object.entries(where).map(([kind, condition]) => `count(*) filter (where ${condition}) as ${kind}`),
    ...perColumn,
  ]
  return {
    counts: `select\n  ${aggregates.join(',\n  ')}\n${joined}`,
    keys: kind => `select
  ${key.map(at => `coalesce(s.c${at}, p.c${at}) as k${at}`).join(',\n  ')},
  array_to_json(array_remove(array[${rest.map(at => `case when ${kind === 'changed' ? differs(at) : 'false'} then ${at} end`).join(', ')}]::integer[], null)) as columns
${joined}
where ${where[kind]}
order by ${key.map((_, position) => position + 1).join(', ')}
limit $3`,
  }
}
