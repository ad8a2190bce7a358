import { setTimeout as sleep } from 'node:timers/promises'
import { LockedError } from './errors.ts'
import type { Session } from './postgres.ts'
import { readSql } from './sql.ts'

/** Which advisory lock to take, and how to wait for it. */
export interface AdvisoryLockOptions {
  readonly key: AdvisoryLockKey
  /** The maximum wait in milliseconds. */
  readonly patience: number
  /** Checked before every try. */
  readonly signal?: AbortSignal
  /** Called once, after about a second of waiting, with the application name of the session that holds the lock. */
  readonly onWaiting?: (holder: string | undefined) => void
  /** The message of the LockedError. */
  readonly lockedMessage: (holder: string | undefined) => string
}

/** The key of an advisory lock. */
export interface AdvisoryLockKey {
  /** An SQL expression of type bigint that names only its parameters, such as `hashtextextended($1, 0)`. */
  readonly expression: string
  readonly parameters: readonly string[]
}

/**
 * Does some work while the session holds an advisory lock. It polls for the lock: a statement that waits on the server
 * would not end on a signal, and would end at a lock_timeout of the role, or never.
 *
 * @param session holds the lock until the work is over, or the session ends
 * @throws LockedError when the patience is used up, and what the work throws
 */
export async function withAdvisoryLock<T>(
  session: Session,
  options: AdvisoryLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { expression, parameters } = options.key
  await takeLock(session, options)
  try {
    return await work()
  } finally {
    // If the connection is lost, so is the lock.
    await session.query(`select pg_advisory_unlock(${expression})`, [...parameters]).catch(() => undefined)
  }
}

async function takeLock(session: Session, options: AdvisoryLockOptions): Promise<void> {
  const { key, patience, signal, onWaiting, lockedMessage } = options
  const statement = readSql('sql/statements/platform/try_advisory_lock.sql').replace(':key', () => key.expression)
  const deadline = Date.now() + patience
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted()
    const tried = await session.query<{ got: boolean; holder: string | null }>(statement, [...key.parameters])
    const [answer] = tried.rows
    if (answer?.got === true) return
    const holder = answer?.holder ?? undefined
    if (Date.now() > deadline) throw new LockedError(lockedMessage(holder))
    if (tries === 20) onWaiting?.(holder)
    await sleep(20 + Math.random() * 60)
  }
}
