import type { ExecutionContext } from 'ava'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { rowsOf, withSession } from '../../helpers/database.ts'
import { patient, type TestLanding, testLanding } from '../../helpers/landing.ts'

/** One batch of a backfill, as `--json` says how it ended. */
export interface Outcome {
  readonly source: string
  readonly date: string
  readonly outcome: string
  readonly reason: string
  readonly runId?: string
}

/** The landing file of a day of May 2023. */
export const dayFile = (day: number): string => `source_a/2023050${day}/visit_events.json`
/** What it holds: one patient of that day. */
export const delivery = (day: number): string => JSON.stringify([patient(`P${day}`, 'Avery Sample')])
/** The document that a backfill or retry printed. */
export const outcomesOf = ({ stdout }: Ended): readonly Outcome[] => JSON.parse(stdout) as Outcome[]
/** Each day and its outcome. */
export const said = (done: Ended): Record<string, string> =>
  Object.fromEntries(outcomesOf(done).map(one => [one.date, one.outcome]))

/** A landing root with a delivery for each of these days. */
export function landed(t: ExecutionContext, days: readonly number[]): TestLanding {
  const landing = testLanding(t)
  for (const day of days) landing.write(dayFile(day), delivery(day))
  return landing
}

/** What is published, by day. */
export const publishedRuns = (url: string): Promise<Record<string, unknown>[]> =>
  rowsOf(url, `select batch_date, run_id from caseload.runs where status = 'published' order by batch_date`)

/** Loads the first day, so that the source has its parents, and holds every other at the moment its leaves are made. */
export async function whileHeld(
  url: string,
  landing: TestLanding,
  work: (release: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await caseload(['run', 'source_a', '20230501', '--landing', landing.root], { url })
  await whilePatientsHeld(url, work)
}

/** Keeps every run from making parents and leaves until it is released, or the work is done. */
export async function whilePatientsHeld<T>(
  url: string,
  work: (release: () => Promise<void>) => Promise<T>,
): Promise<T> {
  return withSession(url, async session => {
    await session.query('begin')
    await session.query('lock table only store.patients in access exclusive mode')
    return work(async () => {
      await session.query('rollback')
    })
  })
}

/** How many runs wait to make a leaf. */
export const waiting = async (url: string): Promise<number> =>
  (
    await rowsOf(
      url,
      `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%stage_table%' and pid <> pg_backend_pid()`,
    )
  ).length

/** Keeps runs of one day from being written down, whoever begins them: a backfill of one batch at once stands still there. */
export async function whileDayHeld(
  url: string,
  day: string,
  work: (isHeld: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  const lock = 20230501
  await rowsOf(
    url,
    `create function store.hold_day() returns trigger language plpgsql as $$
     begin
       perform pg_advisory_xact_lock(${lock});
       return new;
     end $$;
     create trigger hold_day before insert on caseload.runs for each row when (new.batch_date = '${day}')
       execute function store.hold_day()`,
  )
  const held = `select from pg_catalog.pg_locks where locktype = 'advisory' and objid = ${lock} and not granted`
  await withSession(url, async session => {
    await session.query('select pg_advisory_lock($1)', [lock])
    await work(async () => (await rowsOf(url, held)).length > 0)
  })
  await rowsOf(url, 'drop function store.hold_day() cascade')
}
