import { Command } from 'commander'
import { ledgerAlone } from '../../ledger/status.ts'
import { UsageError } from '../../platform/errors.ts'
import { buildReport, type ReportOptions } from '../../report/model/build-report.ts'
import type { Report } from '../../report/model/document.ts'
import { writePage } from '../../report/write-page.ts'
import { parseDate, parseSource } from '../../source/batch.ts'
import { requireTransformers } from '../../source/load-source.ts'
import { readSettings } from '../../source/settings.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'
import { openStatusLanding } from './status-landing.ts'
import { withSession } from './with-target.ts'

interface ReportFlags extends CommonFlags {
  readonly from?: string
  readonly to?: string
  /** One text if a variable gives it. */
  readonly sources?: readonly string[] | string
  readonly internal?: boolean
  readonly database: boolean
  readonly json?: boolean
  readonly out?: string
}

/** `caseload report` */
export function reportCommand(): Command {
  return withCommonFlags(new Command('report'))
    .description(
      'Write what there is, where it comes from and whether it is well: sources, batches, tables, views, lineage and quality. ' +
        'It holds no value of a patient, and no count of fewer than 11 of them.',
    )
    .option('--out <file>', 'write the page to this file, which is replaced at once')
    .option('--from <date>', 'first day (default: the 400 days up to the last one)')
    .option('--to <date>', 'last day (default: the last day that is due, at most 31 days after the newest batch)')
    .option('--sources <names...>', 'only these sources')
    .option(
      '--internal',
      'also show hosts, names of files, messages and SQL as written: for people of the installation',
    )
    .option('--no-database', 'show what needs no database: sources, tables, views and lineage')
    .option('--json', 'print one JSON object: the data of the page')
    .addHelpText(
      'after',
      '\nExamples:\n  caseload report --out report.html\n  caseload report --out icu.html --sources icu --from 2023-05-01 --to 2023-05-31\n' +
        '  caseload report --json --no-database\n\nThe page is one file: it loads nothing, and opens from a share or a mail. docs/report.md says what it shows.',
    )
    .action(async (flags: ReportFlags) => {
      if (flags.json !== true && flags.out === undefined)
        throw new UsageError('Expected --out <file> or --json, found neither.')
      const report = await readReport(flags, new Date())
      if (flags.json === true) printJson(report)
      if (flags.out === undefined) return
      const { drawReport } = await import('../../report/draw/draw-report.ts')
      const page = drawReport(report)
      await writePage(flags.out, page)
      commandLog(flags).info('report', `wrote ${flags.out}, ${Math.ceil(page.length / 1000)} kB`)
    })
}

/** Reads the document that the flags ask for. */
export async function readReport(flags: ReportFlags, now: Date): Promise<Report> {
  const { sourceFolders, workRoot, ...settings } = readSettings(flags, process.env, process.cwd())
  const sources = [flags.sources ?? []]
    .flat()
    .flatMap(text => text.split(/[\s,]+/))
    .map(parseSource)
  requireTransformers(sources, sourceFolders)
  const options: ReportOptions = {
    sourceFolders,
    workRoot,
    sources,
    ...daysOf(flags),
    internal: flags.internal === true,
    now,
  }
  const log = commandLog(flags)
  const warn = (message: string): void => {
    log.warn('report', message)
  }
  if (!flags.database) {
    const landedDays = (): Promise<undefined> => Promise.resolve(undefined)
    return buildReport(options, { session: undefined, checks: ledgerAlone, landedDays, warn })
  }
  return withSession(flags, 'reads', async session => {
    const landing = await openStatusLanding({ settings: { ...settings, sourceFolders, workRoot }, sources, now, warn })
    try {
      return await buildReport(options, { session, checks: landing, landedDays: landing.landedDays, warn })
    } finally {
      landing.close()
    }
  })
}

/** @throws UsageError if the first day is after the last */
function daysOf({ from, to }: ReportFlags): Pick<ReportOptions, 'from' | 'to'> {
  const first = from === undefined ? undefined : parseDate(from)
  const last = to === undefined ? undefined : parseDate(to)
  if (first !== undefined && last !== undefined && first > last)
    throw new UsageError(`Expected the first day before the last, found ${first} .. ${last}.`)
  return { from: first, to: last }
}
