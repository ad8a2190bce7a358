import type { Command } from 'commander'
import type { Target } from '../../embedded/target.ts'
import { commandFailed, type News, troubleOf } from '../../operate/notices/notice.ts'
import { notify } from '../../operate/notices/notify.ts'
import { ping } from '../../operate/notices/ping.ts'
import { readTargets } from '../../operate/notices/targets.ts'
import { failedOutcome } from '../../operate/backfill/run-all.ts'
import { AbortedError, LockedError, SkippedError } from '../../platform/errors.ts'
import { exitCodeOf } from '../../platform/format-error.ts'
import { redactor } from '../../platform/redact.ts'
import type { Batch } from '../../source/batch.ts'
import { commandLog } from './command-log.ts'
import type { CommonFlags } from './flags-common.ts'

/** Flags of every command that tells people what failed. */
export interface NoticeFlags extends CommonFlags {
  readonly notify?: boolean
  readonly ping?: string
}

/** Adds them. */
export function withNoticeFlags(command: Command, what = 'a batch that fails, is refused or is well again'): Command {
  return command
    .option(
      '--notify',
      `send a notice of ${what}, once each, to the webhook and the mail address of the settings; a target that is down is a ` +
        'warning, and the next call tries again',
    )
    .option(
      '--ping <url>',
      'call this URL when the command has succeeded, for a service that raises an alarm when the calls stop; set it in ' +
        'CASELOAD_PING if it holds a token, because every user of the machine can read a command line',
    )
}

/** What a command tells people. None of it fails, and none changes the exit code. */
export interface Notices {
  /** False without --notify or without a target. */
  readonly isOn: boolean
  /** @param target undefined: the ledger is not asked, and all of it is sent */
  readonly tell: (news: News, target: Pick<Target, 'openSession'> | undefined, signal?: AbortSignal) => Promise<void>
  /** Says that an error is of batches that were told of, so that it is not told again. */
  readonly cover: () => void
  readonly ping: (signal?: AbortSignal) => Promise<void>
}

/**
 * Does the work of a command, tells people if it could not begin, and pings if it succeeded.
 *
 * @throws what the work throws
 */
export async function withNotices<T>(flags: NoticeFlags, work: (notices: Notices) => Promise<T>): Promise<T> {
  const state = { isCovered: false }
  const notices = openNotices(flags, state)
  let done: T
  try {
    done = await work(notices)
  } catch (error) {
    if (error instanceof SkippedError) await notices.ping()
    else if (!state.isCovered && !isPassing(error)) {
      const { reason } = failedOutcome({ batch: { source: '', date: '' }, reason: '' }, error)
      await notices.tell({ troubles: [commandFailed(reason, exitCodeOf(error))], well: [] }, undefined)
    }
    throw error
  }
  await notices.ping()
  return done
}

/** Somebody stopped the command, or another one does its work. */
const isPassing = (error: unknown): boolean => error instanceof AbortedError || error instanceof LockedError

function openNotices(flags: NoticeFlags, state: { isCovered: boolean }): Notices {
  const log = commandLog(flags)
  const { targets, faults } = flags.notify === true ? readTargets(process.env) : { targets: [], faults: [] }
  for (const fault of faults) log.warn('notify', `${fault}; nothing is sent there`)
  if (flags.notify === true && targets.length + faults.length === 0)
    log.warn('notify', 'no target is set: expected CASELOAD_NOTIFY_WEBHOOK or CASELOAD_NOTIFY_SMTP; nothing is sent')
  const never = new AbortController().signal
  return {
    isOn: targets.length > 0,
    tell: async (news, target, signal = never) => {
      if (signal.aborted) return
      const openSession = target === undefined ? undefined : () => target.openSession('caseload notify')
      await notify({ targets, openSession, redact: redactor(process.env), signal, log }, news)
    },
    cover: () => {
      state.isCovered = true
    },
    ping: async (signal = never) => {
      if (flags.ping !== undefined) await ping(flags.ping, { signal, log })
    },
  }
}

/** What is told when the run of the only batch of a command threw an error. */
export function newsOfFailure(batch: Batch, error: unknown): News {
  const trouble = troubleOf(failedOutcome({ batch, reason: '' }, error))
  return { troubles: trouble === undefined ? [] : [trouble], well: [] }
}
