import { type Command, Option } from 'commander'
import { escapedJson } from '../../platform/control-characters.ts'
import { CaseloadError, DatabaseError } from '../../platform/errors.ts'
import { logFormats } from '../../platform/log-format.ts'
import { isConnectionLost, type Session } from '../../platform/postgres.ts'
import { knownRefusal } from '../../platform/refusals.ts'
import { openTarget, type Target } from '../../embedded/target.ts'
import { closeOnSignals } from './close-on-signals.ts'
import { commandLog } from './command-log.ts'

/** Flags that every command takes. */
export interface CommonFlags {
  readonly landing?: string
  readonly ephemeral?: boolean
  readonly logFormat?: string
  readonly quiet?: boolean
}

/** Adds the flags that every command takes. */
export function withCommonFlags(command: Command): Command {
  return command
    .option(
      '--landing <dir>',
      'landing root, a folder or s3://bucket/prefix, below which <source>/<yyyymmdd>/ lie (CASELOAD_LANDING, default data/)',
    )
    .option(
      '--ephemeral',
      'stop an embedded server that this command, or another ephemeral one, started, if nobody else uses it (CI=true does too)',
    )
    .addOption(
      new Option('--log-format <format>', 'how lines on standard error are written (CASELOAD_LOG_FORMAT)').choices(
        logFormats,
      ),
    )
    .option('-q, --quiet', 'show no progress, only warnings and errors')
}

/**
 * Gives a command its target and closes it afterwards; a server that is to live no longer than the command also where a
 * signal ends that, see {@link closeOnSignals}.
 *
 * @throws DatabaseError if the connection was lost, and what the work throws
 */
export async function withTarget<T>(flags: CommonFlags, work: (target: Target) => Promise<T>): Promise<T> {
  const ephemeral = flags.ephemeral === true || process.env['CI'] === 'true'
  const opening = openTarget(process.env, process.cwd(), {
    ephemeral,
    onNewDatabase: ({ home, data }) => {
      // Called from another folder, the same command would have found another one.
      commandLog(flags).info(
        'database',
        `made a new embedded PostgreSQL for ${home}, with an empty database in ${data}; DATABASE_URL names another one to use`,
      )
    },
  })
  // Any other target is left as it is, and Node's own death tells a shell more than an exit code.
  const closing = ephemeral ? closeOnSignals(opening) : undefined
  try {
    return await withOpened(await opening, work)
  } finally {
    // What the work says of a server that is taken away is not to be heard.
    await closing?.over()
  }
}

async function withOpened<T>(target: Target, work: (target: Target) => Promise<T>): Promise<T> {
  try {
    return await work(target)
  } catch (error) {
    // A server that restarts is no bug of ours.
    if (error instanceof CaseloadError) throw error
    if (!isConnectionLost(error)) throw knownRefusal(error) ?? error
    throw new DatabaseError('The connection to the database was lost. Call the command again once the server is back.')
  } finally {
    await target.close()
  }
}

/** Gives a command one session on its target and ends it afterwards. */
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

/** Prints one JSON document on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${escapedJson(JSON.stringify(value, null, 2))}\n`)
}
