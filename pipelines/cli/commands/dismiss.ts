import { Command } from 'commander'
import { batchFacts } from '../../ledger/batch-facts.ts'
import { dismiss } from '../../ledger/dismiss.ts'
import { callerName } from '../../ledger/who.ts'
import { problemStates } from '../../operate/problems/problems.ts'
import { countText } from '../../platform/count-text.ts'
import { UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { type Batch, parseDate, parseSource, transformerOf } from '../../source/batch.ts'
import { endOfNextDay, lastDue } from '../../source/schedule.ts'
import { listTransformers, loadSource, requireTransformers } from '../../source/load-source.ts'
import { readSettings } from '../../source/settings.ts'
import { reasonText } from './flag-values.ts'
import { type CommonFlags, withBatchArguments, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'
import { ensureTargetMigrated, withTarget } from './with-target.ts'

interface DismissFlags extends CommonFlags {
  readonly reason: string
  readonly to?: string
  readonly json?: boolean
}

/** `caseload dismiss <source> <date>` */
export function dismissCommand(): Command {
  return withBatchArguments(withCommonFlags(new Command('dismiss')))
    .description(
      'Settle a batch that will not be loaded, such as a day without a delivery or a refused one that nobody corrects: it is ' +
        'no longer overdue and no problem, and backfill and retry skip it. The ledger keeps who, when and why. A run of the ' +
        'batch that publishes undoes it. A day that may still be delivered is refused.',
    )
    .requiredOption('--reason <text>', 'why it will not be loaded, shown by status and runs', reasonText)
    .option('--to <date>', 'also settle the days up to this one that need attention, as status --problems lists them')
    .option('--json', 'print one JSON object; with --to, an array of them')
    .addHelpText(
      'after',
      `\nExamples:\n  caseload dismiss source_a 2023-05-01 --reason 'no delivery on a holiday'\n` +
        `  caseload dismiss source_a 2023-05-02 --to 2023-05-31 --reason 'the ward was closed'`,
    )
    .action(async (sourceName: string, dateText: string, flags: DismissFlags) => {
      const source = parseSource(sourceName)
      const [from, to] = [parseDate(dateText), flags.to === undefined ? undefined : parseDate(flags.to)]
      if (to !== undefined && to < from)
        throw new UsageError(`Expected --to on or after the first day ${from}, found ${to}.`)
      const { reason } = flags
      const by = callerName()
      const { sourceFolders } = readSettings(flags, process.env, process.cwd())
      const settled: string[] = []
      await withTarget(flags, 'writes', async target => {
        await ensureTargetMigrated(target)
        const session = await target.openSession(`caseload dismiss ${source} ${from}`)
        try {
          // A source whose code is gone has days to settle, too.
          const ran = await batchFacts(session, { sources: [source] })
          if (ran.length === 0) requireTransformers([source], sourceFolders)
          if (to === undefined) await requireDue(session, { source, date: from }, sourceFolders)
          for (const date of to === undefined ? [from] : await troubledDays(session, source, from, to)) {
            await dismiss(session, { batch: { source, date }, reason, by })
            settled.push(date)
          }
        } finally {
          await session.end()
        }
      })
      const all = settled.map(date => ({ source, date, reason, by }))
      if (flags.json === true) printJson(to === undefined ? all[0] : all)
      else
        process.stdout.write(
          `${settledText(source, settled, reason)}\nTo load it after all: caseload run ${source} ${settled[0] ?? from}\n`,
        )
    })
}

/**
 * A delivery that may still come is not settled: nobody would load it.
 *
 * @throws UsageError if a delivery of the day is not late yet, and no run of it failed
 */
async function requireDue(session: Session, { source, date }: Batch, folders: readonly string[]): Promise<void> {
  const now = new Date()
  const isInstalled = listTransformers(folders).includes(transformerOf(source))
  const code = isInstalled ? (await loadSource(source, folders)).transformer : undefined
  const last = lastDue(code ?? endOfNextDay, code?.zone ?? 'UTC', now)
  if (date <= last) return
  const failed = await problemStates(session, { sources: [source], from: date, to: date, now })
  if (failed.length > 0) return
  throw new UsageError(
    `Expected a day whose delivery is late, found ${date} of ${source}, which may still be delivered. ` +
      `The last day that may be dismissed now is ${last}.`,
  )
}

/** @throws UsageError if no day of the range needs attention */
async function troubledDays(session: Session, source: string, from: string, to: string): Promise<readonly string[]> {
  const states = await problemStates(session, { sources: [source], from, to, now: new Date() })
  if (states.length > 0) return states.map(one => one.batch_date)
  throw new UsageError(
    `Expected days of ${source} from ${from} to ${to} that need attention, found none. ` +
      `They are listed by: caseload status ${source} --problems --from ${from}`,
  )
}

function settledText(source: string, days: readonly string[], reason: string): string {
  const last = days.at(-1)
  const which =
    days.length === 1
      ? String(last)
      : `${String(days[0])} .. ${String(last)} (${countText(days.length, 'batch', 'batches')})`
  return `Dismissed ${source} ${which}: ${reason}`
}
