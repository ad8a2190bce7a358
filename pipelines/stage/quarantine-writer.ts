import { copyIn } from './copy/copy-in.ts'
import { requireAlive } from '../ledger/batch-lock.ts'
import type { Session } from '../platform/postgres.ts'
import { openChannel, type Channel } from './channel.ts'
import type { RejectedRow } from '../ledger/quarantine-row.ts'
import type { Batch } from '../source/batch.ts'

/**
 * Writes the rejected rows of all tables of a batch while they are streamed: one session, one COPY, one transaction.
 */
export interface QuarantineWriter {
  /** Writes rows, with backpressure. The first row opens the session. */
  write(rows: readonly RejectedRow[]): Promise<void>
  /**
   * Commits the rows. Readers see them when the run is published or refused.
   *
   * @throws LockedError if another run has declared this run dead
   */
  commit(): Promise<void>
  /** Discards the rows. Never throws. */
  rollback(): Promise<void>
}

const statement = `copy caseload.quarantine_rows (
  run_id,
  table_name,
  file,
  record_no,
  column_name,
  rule,
  reason,
  row,
  dropped
) from stdin`

interface Writing {
  readonly session: Session
  readonly channel: Channel
  readonly copied: Promise<number>
}

/** The run whose rows go to quarantine. */
export interface QuarantineOptions {
  readonly batch: Batch
  readonly runId: string
}

/** @param openSession opens a session of the writer's own */
export function quarantineWriter(
  openSession: () => Promise<Session>,
  { batch, runId }: QuarantineOptions,
): QuarantineWriter {
  let writing: Promise<Writing> | undefined
  let written = 0
  return {
    write: async rows => {
      if (rows.length === 0) return
      writing ??= begin(openSession)
      const { channel } = await writing
      written += rows.length
      await channel.push(Buffer.from(rows.map(row => line(runId, row)).join('')))
    },
    commit: async () => {
      if (writing === undefined) return
      const { session, channel, copied } = await writing
      channel.end()
      const rows = await copied
      if (rows !== written) throw new Error(`${written} rows went to quarantine, the server copied ${rows}`)
      requireAlive(await isRunning(session, runId), batch)
      await session.query('commit')
      await session.end()
      writing = undefined
      written = 0
    },
    rollback: async () => {
      if (writing === undefined) return
      const begun = writing
      writing = undefined
      written = 0
      try {
        const { session, channel, copied } = await begun
        channel.break(new Error('the stage was given up'))
        await copied.catch(() => undefined)
        await session.end()
      } catch {
        // A session that was not opened, or was lost, has committed nothing.
      }
    },
  }
}

async function begin(openSession: () => Promise<Session>): Promise<Writing> {
  const session = await openSession()
  await session.query('begin')
  const channel = openChannel()
  const copied = copyIn(session, statement, channel)
  // The next push or commit throws the error; here it must not become an unhandled rejection, which would end the
  // process.
  copied.catch((error: unknown) => {
    channel.break(error instanceof Error ? error : new Error('the server refused the quarantine'))
  })
  return { session, channel, copied }
}

async function isRunning(session: Session, runId: string): Promise<boolean> {
  const found = await session.query<{ running: boolean }>('select caseload.hold_run($1) as running', [runId])
  return found.rows[0]?.running === true
}

function line(runId: string, { table, file, record, column, rule, reason, row, dropped }: RejectedRow): string {
  return `${[runId, table, file, String(record), column, rule, reason, row, String(dropped)].map(field).join('\t')}\n`
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** One field of COPY's text format. A text cannot contain NUL; in JSON it is escaped anyway. */
function field(value: string | null): string {
  if (value === null) return '\\N'
  return value.replaceAll('\0', '\uFFFD').replaceAll(/[\\\t\n\r]/g, found => escapes[found] ?? found)
}
