import type { Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'

/** The tables and views of schema mart that have the rows of a live view. */
export async function martNames(session: Session): Promise<readonly string[]> {
  const found = await session.query<{ name: string }>(
    `select relname as name from pg_catalog.pg_class
     where relnamespace = 'mart'::regnamespace and relkind in ('r', 'v') and relname <> 'freshness'
     order by 1`,
  )
  return found.rows.map(row => row.name)
}

/** For each mart that is not equal to its live view: its name, and how many rows it has too many and lacks. */
export async function differences(session: Session): Promise<readonly string[]> {
  // Each side is read once; of a row that both have as often nothing is left.
  const parts = (await martNames(session)).map(
    name => `select
        '${name}' as name,
        coalesce(sum(n) filter (where n > 0), 0)::integer as more,
        coalesce(-sum(n) filter (where n < 0), 0)::integer as fewer
      from (
        select line, sum(side) as n
        from (
          select m::text as line, 1 as side from mart.${quoteIdent(name)} as m
          union all
          select l::text, -1 from clinical.${quoteIdent(name)} as l
        ) as sides
        group by line
      ) as lines`,
  )
  const found = await session.query<{ name: string; more: number; fewer: number }>(parts.join(' union all '))
  return found.rows
    .filter(row => row.more + row.fewer > 0)
    .map(row => `${row.name}: ${row.more} too many, lacks ${row.fewer}`)
}
