import { readFileSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'
import { root } from '../helpers/cli.ts'
import { testDatabase, withSession } from '../helpers/database.ts'

/** A visit as a test writes it down; the batch is that of 30 June 2023. */
export interface Stay {
  readonly patient: string
  readonly visit: string
  /** Local time, `yyyy-mm-dd` or `yyyy-mm-dd hh:mm`; a date alone has no moment. */
  readonly from: string
  readonly to?: string | undefined
  readonly source?: string
  /** Default `inpatient`. */
  readonly type?: string
  readonly admission?: string
  readonly disposition?: string
  readonly facility?: string
  readonly service?: string
  readonly status?: string
}

/** A definition as a test writes it down: what differs from no switch at all and 30 days, both ends counting. */
export type Switches = Readonly<Record<string, boolean | number | readonly string[] | null>>

/** Gives a session on a database with the sources of `readmissions.sql` to some work. */
export async function withStays(t: ExecutionContext, work: (session: Session) => Promise<void>): Promise<void> {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    await session.query(readFileSync(`${root}test/views/readmissions.sql`, 'utf8'))
    await work(session)
  })
}

/** Stores visits. */
export async function addStays(session: Session, stays: readonly Stay[]): Promise<void> {
  await session.query(
    `insert into store.visits (source, batch_date, patient_id, visit_id, visit_type, admission_type, admitted_at,
       admitted_on, discharged_at, discharged_on, discharge_disposition, facility, service, record_status)
     select s.source, '2023-06-30', v.patient, v.visit, coalesce(v.type, 'inpatient'), v.admission,
       case when length(v."from") > 10 then v."from"::timestamp at time zone s.zone end, left(v."from", 10)::date,
       case when length(v."to") > 10 then v."to"::timestamp at time zone s.zone end, left(v."to", 10)::date,
       v.disposition, v.facility, v.service, coalesce(v.status, 'active')
     from json_to_recordset($1) as v (patient text, visit text, "from" text, "to" text, source text, type text,
       admission text, disposition text, facility text, service text, status text)
     join caseload.sources as s on s.source = coalesce(v.source, 'a')`,
    [JSON.stringify(stays)],
  )
}

/** Stores a definition of one's own. */
export async function define(session: Session, definition: string, switches: Switches = {}): Promise<void> {
  const row = { description: 'of the test', window_days: 30, exclude_died: false, ...switches }
  const names = Object.keys(row)
  const places = names.map((_, at) => `$${at + 2}`)
  await session.query(
    `insert into caseload.readmission_definitions (definition, ${names.map(quoteIdent).join(', ')})
     values ($1, ${places.join(', ')})`,
    [definition, ...Object.values(row)],
  )
}

/**
 * What the view says of one definition, a line a stay in the order of the visit ids: `V1 index > V2 12` is an index stay
 * whose next stay is V2, 12 days later; `V1 INDEX > V2 12` is one that was readmitted; `V1 died -` is none, and has no next.
 */
export async function readmissionsOf(session: Session, definition: string): Promise<readonly string[]> {
  const found = await session.query<{ line: string }>(
    `select concat_ws(' ', visit_id,
       case when is_readmitted then 'INDEX' when is_index then 'index' else not_index_reason end,
       case when next_visit_id is null then '-' else '> ' || next_visit_id || ' ' || days_between end) as line
     from clinical.readmissions where definition = $1 order by visit_id`,
    [definition],
  )
  return found.rows.map(row => row.line)
}
