import type { Batch } from '../../../pipelines/source/batch.ts'
import type { Session } from '../../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'

/** Tables that the sources of these tests fill. */
export const tables = ['diagnoses', 'measurements', 'measurements_hourly', 'patients', 'treatments', 'visits'] as const

/** `source_a 2023-04-05`. */
export const nameOf = ({ source, date }: Batch): string => `${source} ${date}`

interface SeenRow {
  readonly batch: string
  readonly seen: string
}

/** Per batch its tables, each with a count and a hash of its rows; one statement, so that one snapshot sees all. */
const everyBatch = `
  select
    batch,
    string_agg(table_name || ' ' || rows || ' ' || hash, ', ' order by table_name collate "C") as seen
  from (
    ${tables
      .map(
        table => `
    select
      '${table}' as table_name,
      source || ' ' || batch_date as batch,
      count(*) as rows,
      md5(string_agg(t::text, ' ' order by t::text collate "C")) as hash
    from store.${quoteIdent(table)} as t
    group by source, batch_date`,
      )
      .join('\n    union all')}
  ) as found
  group by batch`

/** Per batch its rows in quarantine, as a count and a hash. */
const everyQuarantine = `
  select
    source || ' ' || batch_date as batch,
    count(*) || ' ' || md5(string_agg(line, ' ' order by line collate "C")) as seen
  from (
    select
      source,
      batch_date,
      (table_name, file, record_no, column_name, rule, reason, row::text, state)::text as line
    from caseload.quarantine
    where state = 'open'
  ) as found
  group by source, batch_date`

async function byBatch(session: Session, query: string): Promise<ReadonlyMap<string, string>> {
  const { rows } = await session.query<SeenRow>(query)
  return new Map(rows.map(({ batch, seen }) => [batch, seen]))
}

/** What a reader sees of every batch, in all tables at once. */
export function batchesSeen(session: Session): Promise<ReadonlyMap<string, string>> {
  return byBatch(session, everyBatch)
}

/** What a reader sees of every batch in quarantine. */
export function quarantineSeen(session: Session): Promise<ReadonlyMap<string, string>> {
  return byBatch(session, everyQuarantine)
}
