import type { Command } from 'commander'
import { AbortedError, CaseloadError } from '../../platform/errors.ts'
import type { Log } from '../../platform/log.ts'
import type { Session } from '../../platform/postgres.ts'
import { describeServerError, isConnectionLost, isServerError } from '../../platform/server-error.ts'
import type { Settings } from '../../source/settings.ts'

/** Flags of a command that writes a report at its end. */
export interface ReportAfterFlags {
  readonly report?: string
}

/** Adds `--report`. */
export function withReportFlag(command: Command, when: string): Command {
  return command.option('--report <file>', `write the page of caseload report to this file ${when}`)
}

/** What {@link reportAfter} reads with. */
export interface ReportAfterParts {
  readonly ask: <T>(question: (session: Session) => Promise<T>) => Promise<T>
  readonly settings: Settings
  readonly log: Log
}

/**
 * Writes the report of a command that changed batches, whatever became of them. What fails here is a warning: the page is that of
 * before.
 *
 * @param path undefined for none
 */
export async function reportAfter(path: string | undefined, { ask, settings, log }: ReportAfterParts): Promise<void> {
  if (path === undefined) return
  // The report brings DuckDB and Arrow with it, which cost each run 0.3 s of its processor.
  const { readWithLanding, writeReport } = await import('./report-document.ts')
  const { sourceFolders, workRoot } = settings
  const now = new Date()
  const options = { sourceFolders, workRoot, sources: [], from: undefined, to: undefined, internal: false, now }
  const warn = (message: string): void => {
    log.warn('report', message)
  }
  try {
    const size = await writeReport(path, await ask(session => readWithLanding(session, { settings, options, warn })))
    log.info('report', `wrote ${path}, ${Math.ceil(size / 1000)} kB`)
  } catch (error) {
    const why = reasonOf(error)
    if (why === undefined) throw error
    warn(`${path} is as before: ${why}`)
  }
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof AbortedError) return 'the command was stopped.'
  if (error instanceof CaseloadError) return error.message
  if (isConnectionLost(error)) return 'the connection to the database was lost.'
  return isServerError(error) ? `${describeServerError(error)}.` : undefined
}

/** Does a work that is asked for often at most once in a while, one at a time, and once more at the end. */
export interface Throttled {
  readonly ask: () => void
  /** Does what was asked for and not done yet. */
  readonly end: () => Promise<void>
}

/** @param everyMs from the begin of one to the begin of the next */
export function throttled(work: () => Promise<void>, everyMs: number): Throttled {
  let isAsked = false
  let begunAt = -Infinity
  let running = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const start = (): void => {
    clearTimeout(timer)
    timer = undefined
    isAsked = false
    begunAt = performance.now()
    running = running.then(work)
    // The end reports it.
    running.catch(() => undefined)
  }
  return {
    ask: () => {
      if (isAsked) return
      isAsked = true
      timer = setTimeout(start, Math.max(0, begunAt + everyMs - performance.now()))
    },
    end: async () => {
      if (isAsked) start()
      await running
    },
  }
}
