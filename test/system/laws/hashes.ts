import { canonical } from '../../../pipelines/contract/tables/canonical.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { withSession } from '../../helpers/database.ts'

/** One hash per canonical table, over all its rows with all their columns, whatever their order on disk. */
export async function tableHashes(url: string): Promise<Readonly<Record<string, string>>> {
  return withSession(url, async session => {
    const hashes: Record<string, string> = {}
    for (const { table } of canonical) {
      const found = await session.query<{ rows: number; hash: string | null }>(
        `select count(*) as rows, md5(string_agg(line, E'\\n' order by line collate "C")) as hash
         from (select t::text as line from store.${quoteIdent(table)} as t) as lines`,
      )
      hashes[table] = `${found.rows[0]?.rows ?? 0} rows ${found.rows[0]?.hash ?? ''}`
    }
    return hashes
  })
}
