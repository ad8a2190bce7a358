import { type Session } from '../../../pipelines/platform/postgres.ts'
import { withSession } from '../../helpers/database.ts'
import { randomKill, replace } from './loaders.ts'
import type { Random } from './random.ts'
import { type ReaderReport, startReaders } from './readers.ts'
import { Versions } from './versions.ts'

/** When it is enough: all of it. */
export interface Goal {
  /** Published replaces, over all sources. */
  readonly replaces: number
  /** Loaders that got a SIGKILL. */
  readonly kills: number
  readonly seconds: number
}

/** What to do. */
export interface Plan {
  readonly url: string
  /** Where the loaders connect, if not at `url`. */
  readonly loaderUrl?: string
  /** Where landing roots are made. */
  readonly folder: string
  readonly random: Random
  readonly goal: Goal
  /** Kills the server between the first and the last runs; loaders and readers may then lose their connections. */
  readonly killServers?: (stop: AbortSignal) => Promise<void>
}

/** What came of it. */
export interface Report {
  readonly readers: readonly ReaderReport[]
  replaces: number
  kills: number
  /** What should never be: of the readers, and of loaders that were not killed. */
  readonly problems: string[]
  /** Tables in the schema of staged leaves after the last run. */
  staged: number
  /** Runs of which a detached version is kept. */
  kept: number
}

const sources = ['source_a', 'source_b']
const killShare = 0.4

/**
 * Replaces one batch of each source again and again, killing some of the loaders, while readers of every kind look on.
 * At the end every source has one more run that nobody kills.
 */
export async function replaceUnderReaders(plan: Plan): Promise<Report> {
  const { url, folder, goal } = plan
  const serverMayDie = plan.killServers !== undefined
  const loaderUrl = plan.loaderUrl ?? url
  const versions = new Versions(folder, sources)
  const report: Report = { readers: [], replaces: 0, kills: 0, problems: [], staged: 0, kept: 0 }
  const must = async (source: string): Promise<void> => {
    const { code, stderr } = await replace(loaderUrl, versions, source)
    if (code !== 0) report.problems.push(`a loader that nobody killed ended with ${code}: ${stderr}`)
  }
  for (const source of sources) await must(source)

  const stop = new AbortController()
  const { reports, done } = startReaders({ url, versions, stop: stop.signal, serverMayDie })
  const peace = new AbortController()
  const killed = plan.killServers?.(peace.signal)
  const until = Date.now() + goal.seconds * 1000
  const enough = (): boolean =>
    report.problems.length > 0 ||
    reports.some(reader => reader.problems.length > 0) ||
    (report.replaces >= goal.replaces && report.kills >= goal.kills && Date.now() >= until)
  await Promise.all(
    sources.map(async source => {
      while (!enough()) {
        const kill = goal.kills > 0 && plan.random() < killShare ? randomKill(plan.random) : undefined
        const { code, stderr, killed } = await replace(loaderUrl, versions, source, kill)
        if (code === 0) report.replaces++
        if (killed) report.kills++
        if (code !== 0 && !killed && !serverMayDie) report.problems.push(`a loader ended with ${code}: ${stderr}`)
      }
    }),
  )
  peace.abort()
  await killed
  for (const source of sources) await must(source)
  stop.abort()
  await done
  await withSession(url, async session => {
    report.staged = await tablesIn(session, 'caseload_stage')
    report.kept = await keptRuns(session)
  })
  return { ...report, readers: reports, problems: [...report.problems, ...reports.flatMap(reader => reader.problems)] }
}

async function tablesIn(session: Session, schema: string): Promise<number> {
  const { rows } = await session.query<{ n: number }>(
    'select count(*) as n from pg_catalog.pg_tables where schemaname = $1',
    [schema],
  )
  return rows[0]?.n ?? 0
}

async function keptRuns(session: Session): Promise<number> {
  const { rows } = await session.query<{ n: number }>(
    `select count(distinct t.run_id) as n
     from caseload.tables as t
     join pg_catalog.pg_tables as k on k.tablename = t.leaf and k.schemaname = 'caseload_kept'`,
  )
  return rows[0]?.n ?? 0
}
