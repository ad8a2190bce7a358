import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Session } from '../../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { withSession } from '../../helpers/database.ts'

/** The tables of the batch and its quarantine with all their rows, as one text: row count and hash of each. */
export type Seen = string

/**
 * In the order in which a publish locks them. Here a publish waits for up to 9 s, and a reader that held one table while it
 * stood behind the publish at another for a second, when it looks for a deadlock, could find itself in one.
 */
const tables = ['diagnoses', 'patients', 'treatments', 'visits']

const lines: Readonly<Record<string, string>> = {
  ...Object.fromEntries(tables.map(table => [table, `select t::text as line from store.${quoteIdent(table)} as t`])),
  quarantine: `
    select (table_name, file, record_no, column_name, rule, reason, row::text, state)::text as line
    from caseload.quarantine`,
}

/** One row per table. One statement, so that one snapshot sees all tables. */
const everything = Object.entries(lines)
  .map(
    ([name, select]) => `
  select
    '${name}' as name,
    count(*) as rows,
    md5(string_agg(line, ' ' order by line collate "C")) as hash
  from (${select}) as lines`,
  )
  .join('\n  union all')

/** What readers see of all tables at one moment. */
export function seenByReaders(url: string): Promise<Seen> {
  return withSession(url, look)
}

async function look(session: Session): Promise<Seen> {
  const { rows } = await session.query<{ name: string; rows: number; hash: string | null }>(
    `${everything}\n  order by name`,
  )
  return rows.map(({ name, rows: count, hash }) => `${name} ${count} ${hash ?? ''}`).join(', ')
}

/** A reader that looks again and again. */
export interface Watcher {
  readonly reads: () => number
  /** Looks once more, which is to be at the new batch. Gives what it should never have seen. */
  readonly stop: () => Promise<readonly string[]>
}

/** Starts a reader that may see the old batch, later the new one, and nothing else. */
export async function watch(url: string, versions: { readonly old: Seen; readonly new: Seen }): Promise<Watcher> {
  const session = await connect({ url, applicationName: 'crash test reader' })
  // So long may nobody be kept from reading.
  await session.query(`set statement_timeout = '20s'`)
  const problems: string[] = []
  let reads = 0
  let over = false
  let sawNew = false
  const lookOnce = async (): Promise<Seen> => {
    const seen = await look(session)
    reads++
    if (seen === versions.new) sawNew = true
    else if (seen !== versions.old) problems.push(`neither old nor new: ${seen}`)
    else if (sawNew) problems.push('the old batch came back')
    return seen
  }
  const reading = (async () => {
    while (!(over as boolean) && problems.length === 0) {
      await lookOnce()
      await sleep(250)
    }
    // However quick all of it was, this one comes after it.
    if ((await lookOnce()) !== versions.new) problems.push('the new batch never came')
  })().catch((error: unknown) => problems.push(String(error)))
  return {
    reads: () => reads,
    stop: async () => {
      over = true
      await reading
      await session.end()
      return problems
    },
  }
}
