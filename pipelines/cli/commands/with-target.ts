import { CaseloadError, DatabaseError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { errorCode, insufficientPrivilege, isConnectionLost, isServerError } from '../../platform/server-error.ts'
import { knownRefusal } from '../../platform/refusals.ts'
import { openTarget, type Target } from '../../embedded/target.ts'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { explainRefused } from '../../ledger/missing-rights.ts'
import { closeOnSignals } from './close-on-signals.ts'
import { commandLog } from './command-log.ts'
import type { CommonFlags } from './flags-common.ts'

/**
 * What a command does with the database: `makes` creates an embedded one where there is none; the others say how to make
 * one.
 */
export type TargetUse = 'reads' | 'writes' | 'makes'

/**
 * Opens the target of a command and closes it afterwards. An ephemeral server is also stopped if a signal ends the command,
 * see {@link closeOnSignals}.
 *
 * @throws DatabaseError if the connection is lost; UsageError for a right that the role lacks, and where there is no
 * database; and what the work throws
 */
export async function withTarget<T>(
  flags: CommonFlags,
  use: TargetUse,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const ephemeral = flags.ephemeral === true || process.env['CI'] === 'true'
  const opening = openTarget(process.env, process.cwd(), {
    ephemeral,
    mustExist: use !== 'makes',
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
      throw await describeFailure(error, target, use)
    } finally {
      await target.close()
    }
  } finally {
    // After a signal this never resolves, so that errors caused by the stopped server are not reported.
    await closing?.over()
  }
}

/** A server that restarts, or refuses, is not a bug: its error gets a message that says what to do. */
async function describeFailure(error: unknown, target: Target, use: TargetUse): Promise<unknown> {
  const refused = refusedRight(error)
  const explained = refused === undefined ? undefined : await explainedRight(refused, target, use)
  if (explained !== undefined) return explained
  if (error instanceof CaseloadError) return error
  if (!isConnectionLost(error)) return knownRefusal(error) ?? error
  return new DatabaseError('The connection to the database was lost. Call the command again once the server is back.')
}

/** The SQLSTATEs of a missing right, and of a table in a schema that the role may not use. */
const rightsCodes: readonly string[] = [insufficientPrivilege, '42P01']

/** The server's refusal for a missing right, also as the cause of an error. */
function refusedRight(error: unknown): Error | undefined {
  const found = error instanceof CaseloadError ? error.cause : error
  return isServerError(found) && rightsCodes.includes(errorCode(found) ?? '') ? (found as Error) : undefined
}

/** Asks the catalogs over a new session: the transaction of the refused one is broken. */
async function explainedRight(refused: Error, target: Target, use: TargetUse): Promise<CaseloadError | undefined> {
  try {
    const session = await target.openSession('caseload')
    try {
      return await explainRefused(session, refused, use === 'reads' ? 'read' : 'write')
    } finally {
      await session.end()
    }
  } catch {
    // The caller still has the refusal itself.
    return undefined
  }
}

/** Opens a session on the target of a command and ends it afterwards. */
export async function withSession<T>(
  flags: CommonFlags,
  use: TargetUse,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return withTarget(flags, use, async target => {
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
