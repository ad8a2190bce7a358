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
  const found: string[] = []
  // One query a mart: the planner takes twice as long for one of all. Each side is read once, and of a row that both have as
  // often nothing is left.
  for (const name of await martNames(session)) {
    const { rows } = await session.query<{ more: number; fewer: number }>(
      `select
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
    for (const { more, fewer } of rows) {
      if (more + fewer > 0) found.push(`${name}: ${more} too many, lacks ${fewer}`)
    }
  }
  return found
}
