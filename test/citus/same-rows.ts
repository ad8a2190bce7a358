import { connect, type Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'

/** Columns that say when a run was, or which: no two databases have the same. */
const ofRuns: readonly string[] = ['run_id', 'published_at', 'checked_at', 'newest_published_at', 'last_published_at']

/** The views of schema clinical, each with the list of columns that two databases can share. */
async function comparable(session: Session): Promise<readonly { name: string; columns: string }[]> {
  const { rows } = await session.query<{ name: string; columns: readonly string[] }>(
    `select c.relname as name, json_agg(a.attname order by a.attnum) as columns
     from pg_catalog.pg_class as c
     join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
     where c.relnamespace = 'clinical'::regnamespace and c.relkind = 'v'
     group by c.relname order by c.relname`,
  )
  return rows.map(({ name, columns }) => ({
    name,
    columns: columns
      .filter(column => !ofRuns.includes(column))
      .map(quoteIdent)
      .join(', '),
  }))
}

async function linesOf(
  session: Session,
  schema: string,
  view: { name: string; columns: string },
): Promise<readonly string[]> {
  const { rows } = await session.query<Record<string, unknown>>(
    `select ${view.columns} from ${schema}.${quoteIdent(view.name)}`,
  )
  return rows.map(row => JSON.stringify(row)).sort()
}

/** What two databases show differently: one line for each view of schema clinical, and mart of the second that differs. */
export async function differentViews(plain: string, other: string): Promise<readonly string[]> {
  const [one, two] = [
    await connect({ url: plain, applicationName: 'caseload test' }),
    await connect({ url: other, applicationName: 'caseload test' }),
  ]
  try {
    const views = await comparable(one)
    const marts = await two.query<{ name: string }>(
      `select relname as name from pg_catalog.pg_class
       where relnamespace = to_regnamespace('mart') and relkind in ('r', 'v')`,
    )
    const found: string[] = []
    for (const view of views) {
      const wanted = await linesOf(one, 'clinical', view)
      const schemas = ['clinical', ...(marts.rows.some(mart => mart.name === view.name) ? ['mart'] : [])]
      for (const schema of schemas) {
        const lines = await linesOf(two, schema, view)
        if (lines.join('\n') === wanted.join('\n')) continue
        const extra = lines.find(line => !wanted.includes(line)) ?? 'none'
        const lacking = wanted.find(line => !lines.includes(line)) ?? 'none'
        found.push(
          `${schema}.${view.name}: ${wanted.length} rows, found ${lines.length}; lacks ${lacking}; has ${extra}`,
        )
      }
    }
    return found
  } finally {
    await one.end()
    await two.end()
  }
}
