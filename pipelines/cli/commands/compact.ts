import { Command, Option } from 'commander'
import { parseDate, parseSource } from '../../source/batch.ts'
import { compact, type CompactOptions } from '../../operate/compact/compact.ts'
import type { MergedMonth } from '../../operate/compact/merge-month.ts'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { stopOnSignals } from '../../platform/signals.ts'
import { textTable } from '../../platform/text-table.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, printJson, withCommonFlags, withTarget } from './common.ts'

interface CompactFlags extends CommonFlags {
  readonly before: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `caseload compact <source> --before <date>` */
export function compactCommand(): Command {
  return withCommonFlags(new Command('compact'))
    .description(
      'Merge the old days of a source into one leaf per month and table. Readers see the same rows throughout; a later ' +
        'run of one of these days still replaces just that day.',
    )
    .argument('<source>', 'a source, such as source_a, or one of its sites, such as source_a__north')
    .requiredOption('--before <date>', 'only whole months that end before this day, 20230101 or 2023-01-01')
    .addOption(new Option('--to <period>', 'what a leaf covers afterwards').choices(['month']).default('month'))
    .option('--dry-run', 'change nothing, and say what would be merged')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  caseload compact source_a --before 2023-01-01 --to month --dry-run
  caseload compact source_a --before 2023-01-01 --to month`,
    )
    .action(async (sourceName: string, flags: CompactFlags) => {
      const source = parseSource(sourceName)
      const before = parseDate(flags.before)
      const dryRun = flags.dryRun === true
      const months: MergedMonth[] = []
      const tell = (): void => {
        if (flags.json === true) printJson({ source, before, dryRun, months })
        else process.stdout.write(report(source, before, dryRun, months))
      }
      try {
        await compactFromFlags({ source, before, dryRun, onMonth: month => months.push(month) }, flags)
      } catch (error) {
        // Months that are done stay done.
        if (months.length > 0) tell()
        throw error
      }
      tell()
    })
}

async function compactFromFlags(
  order: Pick<CompactOptions, 'source' | 'before' | 'dryRun' | 'onMonth'>,
  flags: CompactFlags,
): Promise<void> {
  const stop = stopOnSignals()
  const log = commandLog(flags, { source: order.source })
  try {
    await withTarget(flags, async ({ openSession }) => {
      const session = await openSession('caseload')
      try {
        await ensureMigrated(session)
      } finally {
        await session.end()
      }
      await compact({ ...order, openSession, signal: stop.signal, log })
    })
  } finally {
    stop.release()
  }
}

/** What a person reads: a line per month that was merged, and a line about the others. */
function report(source: string, before: string, dryRun: boolean, months: readonly MergedMonth[]): string {
  const merged = months.filter(({ tables }) => tables > 0)
  const others = months.length - merged.length
  const rows = merged.map(({ month, tables, leaves, rows }) => [month, tables, leaves, tables, rows])
  const single = others === 1 ? 'month has' : 'months have'
  return [
    ...(merged.length > 0
      ? [
          dryRun ? `Would merge, of ${source}:\n` : `Merged, of ${source}:\n`,
          textTable(['month', 'tables', 'leaves before', 'leaves after', 'rows'], rows),
        ]
      : []),
    ...(others > 0 ? [`${others} ${single} no table with two leaves or more: nothing to merge.\n`] : []),
    ...(months.length === 0
      ? [`${source} has no rows in a whole month that ends before ${before}: nothing to merge.\n`]
      : []),
    ...(before.endsWith('-01') ? [] : [`${before.slice(0, 7)} is left: it does not end before ${before}.\n`]),
  ].join('')
}
