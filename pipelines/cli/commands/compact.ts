import { tableStyle } from './for-people.ts'
import { Command, Option } from 'commander'
import { parseDate, parseSource } from '../../source/batch.ts'
import { compact, type CompactOptions } from '../../operate/compact/compact.ts'
import type { MergedMonth } from '../../operate/compact/merge-month.ts'
import { stopOnSignals } from '../../platform/signals.ts'
import { textTable } from '../../platform/text-table.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, withCommonFlags, withSourceArgument } from './flags-common.ts'
import { printJson } from './print-json.ts'
import { ensureTargetMigrated, withTarget } from './with-target.ts'

interface CompactFlags extends CommonFlags {
  readonly before: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `caseload compact <source> --before <date>` */
export function compactCommand(): Command {
  return withSourceArgument(withCommonFlags(new Command('compact')))
    .description(
      'Merge the old days of a source into one leaf per month and table. Readers always see the same rows; a later run of ' +
        'one of these days still replaces only that day.',
    )
    .requiredOption('--before <date>', 'merge whole months that end before this day, 20230101 or 2023-01-01')
    .addOption(new Option('--to <period>', 'period that a merged leaf covers').choices(['month']).default('month'))
    .option('--dry-run', 'print what would be merged, and change nothing')
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
      const print = (): void => {
        if (flags.json === true) printJson({ source, before, dryRun, months })
        else process.stdout.write(report(source, before, dryRun, months))
      }
      try {
        await compactFromFlags({ source, before, dryRun, onMonth: month => months.push(month) }, flags)
      } catch (error) {
        // Months that are merged stay merged.
        if (months.length > 0) print()
        throw error
      }
      print()
    })
}

async function compactFromFlags(
  order: Pick<CompactOptions, 'source' | 'before' | 'dryRun' | 'onMonth'>,
  flags: CompactFlags,
): Promise<void> {
  const stop = stopOnSignals()
  const log = commandLog(flags, { source: order.source })
  try {
    await withTarget(flags, 'writes', async target => {
      await ensureTargetMigrated(target)
      await compact({ ...order, openSession: target.openSession, signal: stop.signal, log })
    })
  } finally {
    stop.release()
  }
}

/** One line per merged month, and one line about the others. */
function report(source: string, before: string, dryRun: boolean, months: readonly MergedMonth[]): string {
  const merged = months.filter(({ tables }) => tables > 0)
  const others = months.length - merged.length
  const rows = merged.map(({ month, tables, leaves, rows }) => [month, tables, leaves, tables, rows])
  const single = others === 1 ? 'month has' : 'months have'
  return [
    ...(merged.length > 0
      ? [
          dryRun ? `Would merge months of ${source}:\n` : `Merged months of ${source}:\n`,
          textTable(['month', 'tables', 'leaves before', 'leaves after', 'rows'], rows, tableStyle()),
        ]
      : []),
    ...(others > 0 ? [`${others} ${single} no table with two leaves or more: nothing to merge.\n`] : []),
    ...(months.length === 0
      ? [`${source} has no rows in a whole month that ends before ${before}: nothing to merge.\n`]
      : []),
    ...(before.endsWith('-01') ? [] : [`${before.slice(0, 7)} is not merged: it does not end before ${before}.\n`]),
  ].join('')
}
