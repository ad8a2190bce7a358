import { Command } from 'commander'
import { makeReady } from '../../ledger/ensure-schema.ts'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { listViews } from '../../ledger/list-views.ts'
import { hasMarts } from '../../marts/make-marts.ts'
import { rebuildMarts } from '../../marts/rebuild.ts'
import { refreshMarts, type RefreshOptions } from '../../marts/refresh.ts'
import { kindWords } from '../../marts/mart-header.ts'
import { underMartLock } from '../../marts/snapshot.ts'
import { dropMarts, martStatus, type MartStatus } from '../../marts/status.ts'
import { type VerifiedMart, verifyMarts } from '../../marts/verify.ts'
import { size } from '../../operate/doctor/finding.ts'
import { countText } from '../../platform/count-text.ts'
import { AbortedError, CaseloadError, UsageError, withMessage } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { stopOnSignals } from '../../platform/signals.ts'
import { textTable } from '../../platform/text-table.ts'
import { timeText } from '../../platform/time-text.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { tableStyle, utcOption } from './for-people.ts'
import { printJson } from './print-json.ts'
import { refreshedText } from './refresh-marts.ts'
import { withAbortableSession } from './retrying-target.ts'
import { withSession, withTarget } from './with-target.ts'

interface MartsFlags extends CommonFlags {
  readonly json?: boolean
  readonly utc?: boolean
}

/** `caseload marts` */
export function martsCommand(): Command {
  return new Command('marts')
    .description(
      'The marts: tables of schema mart that hold the rows of the views of schema clinical, with indexes. A database has none ' +
        'until caseload marts rebuild makes them; from then on every command that publishes refreshes them.',
    )
    .addHelpText('after', '\nExamples:\n  caseload marts rebuild\n  caseload marts status\n  caseload marts verify')
    .addCommand(statusCommand())
    .addCommand(refreshCommand())
    .addCommand(rebuildCommand())
    .addCommand(verifyCommand())
    .addCommand(dropCommand())
}

function statusCommand(): Command {
  return withCommonFlags(new Command('status'))
    .description('show the marts, their sizes, and how many batches they are behind')
    .option('--json', 'print one JSON object')
    .addOption(utcOption())
    .addHelpText('after', '\nExamples:\n  caseload marts status\n  caseload marts status --json')
    .action(async (flags: MartsFlags) => {
      const status = await withSession(flags, 'reads', session => martStatus(session, listViews()))
      if (flags.json === true) printJson(status ?? null)
      else process.stdout.write(status === undefined ? `${none}\n` : statusText(status, flags.utc === true))
    })
}

const none = 'This database has no marts. To make them: caseload marts rebuild'

function statusText({ refreshed_at: refreshedAt, marts, sources, outdated }: MartStatus, utc: boolean): string {
  const behind = sources.filter(one => one.behind_by > 0)
  const list = behind.map(one => `${one.source} by ${countText(one.behind_by, 'batch', 'batches')}`).join(', ')
  const changed = outdated.length === 0 ? [] : [`${outdated.join(', ')}: made from other definitions or settings`]
  const reasons = [...(behind.length === 0 ? [] : [list]), ...changed]
  const state =
    reasons.length === 0
      ? 'They hold what is published.'
      : `They are behind: ${reasons.join('; ')}. To catch up: caseload marts refresh`
  const cells = marts.map(one => [one.mart, kindWords[one.kind], one.rows, size(one.bytes)])
  return (
    textTable(['mart', 'recomputed', 'rows, about', 'size'], cells, tableStyle()) +
    `\nRefreshed ${timeText(refreshedAt, utc)}. ${state}\n`
  )
}

function refreshCommand(): Command {
  return withCommonFlags(new Command('refresh'))
    .description('bring the marts up to what is published: recompute what the changed batches touch')
    .option('--json', 'print one JSON array with one object per mart')
    .addHelpText('after', '\nExample:\n  caseload marts refresh')
    .action(async (flags: MartsFlags) => {
      await refreshFromFlags(flags, refreshMarts)
    })
}

function rebuildCommand(): Command {
  return withCommonFlags(new Command('rebuild'))
    .description(
      'make the marts if there are none, and recompute every row of all of them; only rows that differ are written, and readers ' +
        'see the old rows until the end',
    )
    .option('--json', 'print one JSON array with one object per mart')
    .addHelpText('after', '\nExample:\n  caseload marts rebuild')
    .action(async (flags: MartsFlags) => {
      await refreshFromFlags(flags, rebuildMarts)
    })
}

async function refreshFromFlags(flags: MartsFlags, refresh: typeof refreshMarts): Promise<void> {
  const done = await onMarts(flags, refresh === refreshMarts, refresh)
  if (flags.json === true) {
    printJson(done)
    return
  }
  const cells = done.map(one => [one.mart, one.removed, one.added])
  process.stdout.write(`${textTable(['mart', 'rows removed', 'rows added'], cells, tableStyle())}\n`)
  process.stdout.write(`${refreshedText(done)}.\n`)
}

/**
 * Does some work that refreshes the marts; a signal ends it.
 *
 * @param isNeeded false if the work makes the marts where there are none
 * @throws UsageError if there are none
 */
async function onMarts<T>(
  flags: MartsFlags,
  isNeeded: boolean,
  work: (session: Session, options: RefreshOptions) => Promise<T>,
): Promise<T> {
  const stop = stopOnSignals()
  const { signal } = stop
  try {
    return await withTarget(flags, 'writes', target =>
      withAbortableSession(target, signal, async session => {
        await makeReady(session, signal)
        if (isNeeded && !(await hasMarts(session))) throw new UsageError(none)
        return work(session, { views: listViews(), signal, log: commandLog(flags) })
      }),
    )
  } catch (error) {
    if (!(error instanceof AbortedError)) throw error
    throw withMessage(error, 'Stopped by a signal. Readers see the marts of the last refresh; call the command again.')
  } finally {
    stop.release()
  }
}

function verifyCommand(): Command {
  return withCommonFlags(new Command('verify'))
    .argument('[marts...]', 'names of marts (default: all)')
    .description(
      'refresh the marts, then compare them with their live views, row by row; exit with 1 if one differs. Takes as long as the live ' +
        'views, and publishes wait while one mart is compared',
    )
    .option('--json', 'print one JSON array with one object per mart')
    .addHelpText('after', '\nExamples:\n  caseload marts verify\n  caseload marts verify current_patients readmissions')
    .action(async (names: string[], flags: MartsFlags) => {
      const found = await onMarts(flags, true, (session, options) => verifyMarts(session, options, names))
      if (flags.json === true) printJson(found)
      else process.stdout.write(verifiedText(found))
      refuseDifferences(found)
    })
}

const verifiedText = (found: readonly VerifiedMart[]): string =>
  textTable(
    ['mart', 'rows', 'surplus rows', 'missing rows', 'seconds'],
    found.map(one => [one.mart, one.rows, one.surplus, one.missing, (one.ms / 1000).toFixed(1)]),
    tableStyle(),
  )

function refuseDifferences(found: readonly VerifiedMart[]): void {
  const different = found.filter(one => one.surplus + one.missing > 0)
  if (different.length === 0) return
  throw new CaseloadError(
    `Expected the rows of the live views, found others in ${different.map(one => one.mart).join(', ')}. To repair: caseload marts ` +
      'rebuild. If nobody changed rows of marts by hand, report it as a bug of Caseload.',
  )
}

function dropCommand(): Command {
  return withCommonFlags(new Command('drop'))
    .description('remove all marts and schema mart; the live views of schema clinical stay')
    .option('--yes', 'remove them; without it, print what would go and exit with 2')
    .addHelpText('after', '\nExamples:\n  caseload marts drop\n  caseload marts drop --yes')
    .action(async (flags: CommonFlags & { readonly yes?: boolean }) => {
      const stop = stopOnSignals()
      const { signal } = stop
      try {
        await withTarget(flags, 'writes', target =>
          withAbortableSession(target, signal, async session => {
            await ensureMigrated(session)
            const status = await martStatus(session, listViews())
            if (status === undefined) throw new UsageError(none)
            if (flags.yes !== true) {
              throw new UsageError(
                `${countText(status.marts.length, 'mart')} would go: ${status.marts.map(one => one.mart).join(', ')}. Nothing was ` +
                  'changed. Add --yes to remove them.',
              )
            }
            await underMartLock(session, { signal, log: commandLog(flags) }, () => dropMarts(session))
          }),
        )
      } finally {
        stop.release()
      }
      process.stdout.write(
        'The marts are removed, with the grants on them. To make them again: caseload marts rebuild\n',
      )
    })
}
