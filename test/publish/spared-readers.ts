import type { ExecutionContext } from 'ava'
import { backendOf, connect, type Session } from '../../pipelines/platform/postgres.ts'
import { errorCode, lockNotAvailable } from '../../pipelines/platform/server-error.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'
import { until } from '../helpers/until.ts'

/** A reader, and a publish of two tables, each in a transaction of its own; a third session looks on or stands in the way. */
export interface Scene {
  readonly reader: Session
  readonly publish: Session
  readonly other: Session
  /** The parents that a publish of source_a locks, in that order. */
  readonly first: string
  readonly second: string
  /** Reads a parent as a query does, in the transaction of a session. */
  readonly read: (session: Session, parent: string) => Promise<unknown>
  /** Locks both parents with no limit but the one that a publish has of its own; gives the code of its error. */
  readonly lockBoth: () => Promise<string | undefined>
  /** Waits until a session waits for a parent, or has it. */
  readonly untilLocked: (session: Session, parent: string, granted: boolean) => Promise<unknown>
}

/** Says how long a session waits before it looks for a deadlock. */
export async function looksForDeadlock(session: Session, after: string): Promise<void> {
  await session.query(`select set_config('deadlock_timeout', $1, true)`, [after])
}

/** Opens the sessions in a migrated database. */
export async function spareScene(t: ExecutionContext, url: string): Promise<Scene> {
  const open = async (name: string): Promise<Session> => {
    const session = await connect({ url, applicationName: `caseload test ${name}` })
    t.teardown(() => session.end())
    return session
  }
  const [reader, publish, other] = [await open('reader'), await open('publish'), await open('other')]
  const parentOf = async (table: string): Promise<string> => {
    const made = await other.query<{ name: string }>('select caseload.ensure_source_parent($1, $2) as name', [
      table,
      'source_a',
    ])
    return made.rows[0]?.name ?? ''
  }
  const [first, second] = [await parentOf('diagnoses'), await parentOf('visits')]
  await reader.query('begin')
  await publish.query('begin')
  return {
    reader,
    publish,
    other,
    first,
    second,
    read: (session, parent) => session.query(`select count(*) from store.${quoteIdent(parent)}`),
    lockBoth: () =>
      publish
        .query(`select caseload.lock_parents('source_a', array['diagnoses', 'visits'], '60s', '60s', null)`)
        .then(() => undefined, errorCode),
    untilLocked: (session, parent, granted) =>
      until(async () => {
        const found = await other.query(
          `select from pg_catalog.pg_locks
           where pid = $1 and relation = format('store.%I', $2::text)::regclass and granted = $3`,
          [backendOf(session), parent, granted],
        )
        return found.rows.length > 0
      }),
  }
}

/** The code of the error with which a publish gives way to readers. */
export const gaveWay: string = lockNotAvailable
