import type { Session } from '../../platform/postgres.ts'
import { errorCode, lockNotAvailable } from '../../platform/server-error.ts'
import { readSql } from '../../platform/sql.ts'

/** How long to keep what; undefined: for ever. Each is an interval of PostgreSQL, such as `90 days`. */
export interface Ages {
  /** Rejected rows, since their run began. */
  readonly quarantine: string | undefined
  /** Versions of a batch, since another one replaced them. */
  readonly kept: string | undefined
  /** Runs, since they began. */
  readonly runs: string | undefined
}

/** How much of a batch is too old, or was removed. */
export interface Retained {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly date: string
  readonly rejected_rows: number
  /** Versions that a rollback could bring back. */
  readonly versions: number
  readonly runs: number
}

/** What a call removed, or would remove. */
export interface Retention {
  readonly batches: readonly Retained[]
  /** Batches that were left for now. */
  readonly left: readonly { readonly what: string; readonly reason: string }[]
}

const busy = 'a run or another command works on it'
const inUse = 'a session reads one of its tables'

interface Found extends Retained {
  readonly locked: boolean
}

/** What is older than its age and nothing needs. Reads only. */
export async function previewRetention(session: Session, ages: Ages): Promise<Retention> {
  const found = await tooOld(session, ages)
  return {
    batches: found.map(({ source, date, rejected_rows, versions, runs }) => ({
      source,
      date,
      rejected_rows,
      versions,
      runs,
    })),
    left: found.filter(one => one.locked).map(({ source, date }) => ({ what: `${source} ${date}`, reason: busy })),
  }
}

/**
 * Removes what is older than its age and nothing needs, batch by batch, each under its lock and in one transaction. Nothing that
 * is published changes.
 *
 * @param session as the owner, on a migrated database; its `lock_timeout` is the timeout for readers of a kept version
 */
export async function retain(session: Session, ages: Ages): Promise<Retention> {
  const batches: Retained[] = []
  const left: { what: string; reason: string }[] = []
  for (const { source, date } of await tooOld(session, ages)) {
    const what = `${source} ${date}`
    try {
      const done = await session.query<Omit<Retained, 'source' | 'date'>>(
        'select * from caseload.retain_batch($1, $2, $3::interval, $4::interval, $5::interval)',
        [source, date, ...values(ages)],
      )
      const [removed] = done.rows
      if (removed === undefined) left.push({ what, reason: busy })
      else batches.push({ source, date, ...removed })
    } catch (error) {
      if (errorCode(error) !== lockNotAvailable) throw error
      left.push({ what, reason: inUse })
    }
  }
  return { batches, left }
}

async function tooOld(session: Session, ages: Ages): Promise<readonly Found[]> {
  return (await session.query<Found>(readSql('sql/statements/retain/preview.sql'), [...values(ages)])).rows
}

const values = ({ quarantine, kept, runs }: Ages): readonly (string | null)[] => [
  quarantine ?? null,
  kept ?? null,
  runs ?? null,
]
