import { namedDatabase, namesServer } from '../../platform/database-url.ts'
import { type Environment, nonEmpty } from '../../platform/environment.ts'
import { configuredUrl } from '../../source/resolve-settings.ts'
import { caseloadHome } from '../../embedded/home.ts'
import { serverStatus } from '../../embedded/server.ts'
import { openAsOwner, openTarget, type Target } from '../../embedded/target.ts'
import { CaseloadError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { redactor } from '../../platform/redact.ts'
import { knownRefusal } from '../../platform/refusals.ts'
import { readSql } from '../../platform/sql.ts'
import { connected, type FoundBy, notConnected } from './connection.ts'
import { type BiggestBatch, biggestBatch } from './disk.ts'
import { type Finding, ok, warning } from './finding.ts'
import { type ServerFacts, serverFacts } from './server.ts'

/** A server that answers. */
export interface ReachedServer {
  /** May only read; the caller ends it. */
  readonly session: Session
  readonly server: ServerFacts
  /** Zero if the database has no ledger, or one that may not be read. */
  readonly biggest: BiggestBatch
  /** Zones of the sources that ran. */
  readonly ledgerZones: readonly string[]
  /** Sources of which a batch is published. */
  readonly publishedSources: readonly string[]
}

/** Opens a session that may only read on the server that other commands would use, and reports how that went. */
export async function reachServer(
  env: Environment,
  cwd: string,
): Promise<{ readonly reached: ReachedServer | undefined; readonly findings: readonly Finding[] }> {
  let session: Session | undefined
  try {
    const { openSession, resting } = await lookForServer(env, cwd)
    session = await openSession?.('caseload doctor')
    if (session === undefined) return { reached: undefined, findings: resting === undefined ? [] : [resting] }
    // No check may write, and no check may wait long for a lock.
    await session.query('set default_transaction_read_only = on')
    await session.query(`set lock_timeout = '2s'`)
    await session.query(`set statement_timeout = '60s'`)
    const server = await serverFacts(session)
    return {
      reached: { session, server, ...(await ledgerFacts(session, server)) },
      findings: [connected(foundBy(env, cwd), session, server)],
    }
  } catch (failure) {
    await session?.end().catch(() => undefined)
    const known = failure instanceof CaseloadError ? failure : knownRefusal(failure)
    if (known === undefined) throw failure
    return { reached: undefined, findings: [notConnected(foundBy(env, cwd), env, redactor(env)(known.message))] }
  }
}

async function ledgerFacts(
  session: Session,
  { has_ledger }: ServerFacts,
): Promise<Pick<ReachedServer, 'biggest' | 'ledgerZones' | 'publishedSources'>> {
  const nothing = { biggest: { delivery: 0, stored: 0 }, ledgerZones: [], publishedSources: [] }
  if (!has_ledger) return nothing
  try {
    const zones = await session.query<{ zone: string }>('select distinct zone from caseload.sources order by 1')
    const published = await session.query<{ source: string }>(readSql('sql/statements/ledger/published_spans.sql'), [
      null,
    ])
    return {
      biggest: await biggestBatch(session),
      ledgerZones: zones.rows.map(row => row.zone),
      publishedSources: published.rows.map(row => row.source),
    }
  } catch {
    // The checks of rights and of the ledger report the reason.
    return nothing
  }
}

/** The server that other commands would use. */
interface FoundServer {
  readonly foundBy: FoundBy
  /** Opens a session; undefined for an embedded server that does not run. */
  readonly openSession: Target['openSession'] | undefined
  /** The finding for a server that does not run. */
  readonly resting: Finding | undefined
}

/** Where the address of the server comes from, by the rules of `openTarget`. */
function foundBy(env: Environment, cwd: string): FoundBy {
  const url = nonEmpty(env['DATABASE_URL'])
  if (url !== undefined) return url === configuredUrl(env, cwd) ? 'database of the project' : 'DATABASE_URL'
  return namesServer(env) ? 'PGHOST and its family' : 'embedded'
}

/**
 * Finds the server that other commands would use, but starts no embedded one.
 *
 * @throws UsageError as those commands do
 */
async function lookForServer(env: Environment, cwd: string): Promise<FoundServer> {
  const by = foundBy(env, cwd)
  if (namedDatabase(env) !== undefined) {
    const { openSession } = await openTarget(env, cwd, { ephemeral: false })
    return { foundBy: by, openSession, resting: undefined }
  }
  const { url, version, dataFolder } = await serverStatus({ home: caseloadHome(env, cwd) })
  if (url !== undefined) {
    return { foundBy: by, openSession: name => openAsOwner(url, name), resting: undefined }
  }
  const resting =
    version === undefined
      ? ok('connection', 'an embedded PostgreSQL; none yet, the first run makes it')
      : warning(
          'connection',
          `the embedded PostgreSQL ${version} in ${dataFolder} does not run, so its contents were not checked`,
          'caseload db start, then caseload doctor again',
        )
  return { foundBy: by, openSession: undefined, resting }
}
