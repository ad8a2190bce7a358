import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { rowsOf } from '../../helpers/database.ts'

/** Everything a folder holds, names and contents, as one text; bytes that are no UTF-8 stand as they are. */
export function textOfFolder(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => `${name}\n${statSync(join(folder, name)).isFile() ? readFileSync(join(folder, name), 'latin1') : ''}`)
    .join('\n')
}

/** All rows of all tables of some schemas as text. */
export async function textOfTables(
  url: string,
  schemas: readonly string[],
  except: readonly string[] = [],
): Promise<string> {
  const tables = await rowsOf(
    url,
    `select n.nspname as schema, c.relname as name
     from pg_catalog.pg_class as c
     join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
     where n.nspname = any ($1)
       and c.relkind = 'r'
       and c.relname <> all ($2)`,
    [schemas, except],
  )
  const texts = await Promise.all(
    tables.map(async ({ schema, name }) => {
      const rows = await rowsOf(
        url,
        `select t::text as row from ${quoteIdent(String(schema))}.${quoteIdent(String(name))} as t`,
      )
      return [`${String(schema)}.${String(name)}`, ...rows.map(({ row }) => String(row))].join('\n')
    }),
  )
  return texts.join('\n')
}

/** What the planner remembers of the tables: most common values and bounds, which are values of rows. */
export async function textOfStatistics(url: string): Promise<string> {
  const rows = await rowsOf(
    url,
    `select s::text as row from pg_catalog.pg_stats as s where schemaname !~ '^(pg_|information)'`,
  )
  return rows.map(({ row }) => String(row)).join('\n')
}
