import { CaseloadError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { redactor } from '../../platform/redact.ts'
import { readSql } from '../../platform/sql.ts'
import { connected, notConnected } from './connection.ts'
import { type BiggestBatch, biggestBatch } from './disk.ts'
import type { Finding } from './finding.ts'
import { foundBy, lookForServer } from './look-for-server.ts'
import { type ServerFacts, serverFacts } from './server.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A server that answers. */
export interface ReachedServer {
  /** May only read; the caller ends it. */
  readonly session: Session
  readonly server: ServerFacts
  /** Nothing, where there is no ledger or it may not be read. */
  readonly biggest: BiggestBatch
  /** Zones of the sources that ran. */
  readonly ledgerZones: readonly string[]
  /** Sources of which a batch is published. */
  readonly publishedSources: readonly string[]
}

/** Opens a session that may only read, on the server that other commands would use; says how that went. */
export async function reachServer(
  env: Environment,
  cwd: string,
): Promise<{ readonly reached: ReachedServer | undefined; readonly findings: readonly Finding[] }> {
  let session: Session | undefined
  try {
    const { openSession, resting } = await lookForServer(env, cwd)
    session = await openSession?.('caseload doctor')
    if (session === undefined) return { reached: undefined, findings: resting === undefined ? [] : [resting] }
    // The guard against ourselves; and a check that waits for a lock tells nobody anything.
    await session.query('set default_transaction_read_only = on')
    await session.query(`set lock_timeout = '2s'`)
    await session.query(`set statement_timeout = '60s'`)
    const server = await serverFacts(session)
    return {
      reached: { session, server, ...(await ledgerFacts(session, server)) },
      findings: [connected(foundBy(env), session, server)],
    }
  } catch (failure) {
    await session?.end().catch(() => undefined)
    if (!(failure instanceof CaseloadError)) throw failure
    return { reached: undefined, findings: [notConnected(foundBy(env), env, redactor(env)(failure.message))] }
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
    const published = await session.query<{ source: string }>(readSql('sql/statements/ledger/published_spans.sql'), [null])
    return {
      biggest: await biggestBatch(session),
      ledgerZones: zones.rows.map(row => row.zone),
      publishedSources: published.rows.map(row => row.source),
    }
  } catch {
    // The checks of rights and of the ledger say why.
    return nothing
  }
}
