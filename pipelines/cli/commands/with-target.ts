import { CaseloadError, DatabaseError } from '../../platform/errors.ts'
import { isConnectionLost, type Session } from '../../platform/postgres.ts'
import { knownRefusal } from '../../platform/refusals.ts'
import { openTarget, type Target } from '../../embedded/target.ts'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { closeOnSignals } from './close-on-signals.ts'
import { commandLog } from './command-log.ts'
import type { CommonFlags } from './flags-common.ts'

/**
 * Opens the target of a command and closes it afterwards. An ephemeral server is also stopped if a signal ends the command,
 * see {@link closeOnSignals}.
 *
 * @throws DatabaseError if the connection is lost, and what the work throws
 */
export async function withTarget<T>(flags: CommonFlags, work: (target: Target) => Promise<T>): Promise<T> {
  const ephemeral = flags.ephemeral === true || process.env['CI'] === 'true'
  const opening = openTarget(process.env, process.cwd(), {
    ephemeral,
    onNewDatabase: ({ home, data }) => {
      // The user may expect the database of another folder.
      commandLog(flags).info(
        'database',
        `made a new embedded PostgreSQL for ${home}, with an empty database in ${data}; DATABASE_URL names another one to use`,
      )
    },
  })
  // Any other target keeps running, and death by signal tells a shell more than an exit code.
  const closing = ephemeral ? closeOnSignals(opening) : undefined
  try {
    const target = await opening
    try {
      return await work(target)
    } catch (error) {
      throw describeLostConnection(error)
    } finally {
      await target.close()
    }
  } finally {
    // After a signal this never resolves, so that errors caused by the stopped server are not reported.
    await closing?.over()
  }
}

/** A server that restarts is not a bug: its error gets a message that says what to do. */
function describeLostConnection(error: unknown): unknown {
  if (error instanceof CaseloadError) return error
  if (!isConnectionLost(error)) return knownRefusal(error) ?? error
  return new DatabaseError('The connection to the database was lost. Call the command again once the server is back.')
}

/** Opens a session on the target of a command and ends it afterwards. */
export async function withSession<T>(flags: CommonFlags, work: (session: Session) => Promise<T>): Promise<T> {
  return withTarget(flags, async target => {
    const session = await target.openSession('caseload')
    try {
      return await work(session)
    } finally {
      await session.end()
    }
  })
}

/** Migrates the database of a target if it needs it, in a session of its own. */
export async function ensureTargetMigrated({ openSession }: Target): Promise<void> {
  const session = await openSession('caseload')
  try {
    await ensureMigrated(session)
  } finally {
    await session.end()
  }
}
