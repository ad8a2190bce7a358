import type { ExecutionContext } from 'ava'
import { caseload, type CallOptions, type Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { patient, type TestLanding, testLanding } from '../../helpers/landing.ts'

/** A database and a landing root of one test, and what its commands are called with. */
export interface Place {
  readonly url: string
  readonly landing: TestLanding
  readonly options: CallOptions
  /** Lands one patient of a day of May 2023. */
  readonly deliver: (day: number, name?: string) => void
  readonly call: (...args: readonly string[]) => Promise<Ended>
}

/** Makes them. */
export async function makePlace(t: ExecutionContext): Promise<Place> {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const options = { url, env: { CASELOAD_LANDING: landing.root } }
  return {
    url,
    landing,
    options,
    deliver: (day, name = 'Avery Sample') => {
      landing.write(dayFile(day), JSON.stringify([patient(`P${day}`, name)]))
    },
    call: (...args) => caseload(args, options),
  }
}

/** The landing file of a day of May 2023. */
export const dayFile = (day: number): string => `source_a/202305${String(day).padStart(2, '0')}/visit_events.json`

/** The jobs of the queue in the order of their days, as `queue ls --all` lists them. */
export async function jobs(place: Place): Promise<readonly Record<string, unknown>[]> {
  const listed = await place.call('queue', 'ls', '--all', '--json')
  return (JSON.parse(listed.stdout) as Record<string, unknown>[]).toSorted((a, b) =>
    `${String(a['date'])} ${String(a['queued_at'])}`.localeCompare(`${String(b['date'])} ${String(b['queued_at'])}`),
  )
}

/** Day, state and tries of each job. */
export const states = async (place: Place): Promise<readonly string[]> =>
  (await jobs(place)).map(one => `${String(one['date'])} ${String(one['state'])} ${String(one['tries'])}`)

/** How many times each day was published, replaced versions included. */
export async function publishes(url: string): Promise<Readonly<Record<string, unknown>>> {
  const rows = await rowsOf(
    url,
    `select batch_date::text as day, count(*) as n from caseload.runs where status in ('published', 'replaced')
     group by 1 order by 1`,
  )
  return Object.fromEntries(rows.map(row => [String(row['day']), row['n']]))
}
