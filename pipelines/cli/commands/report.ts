import { Command, Option } from 'commander'
import { UsageError } from '../../platform/errors.ts'
import { failureLine } from '../../platform/format-error.ts'
import { redactor } from '../../platform/redact.ts'
import type { ReportOptions } from '../../report/model/options.ts'
import type { Report } from '../../report/model/document.ts'
import { servePage } from '../../report/serve.ts'
import { parseDate, parseSource } from '../../source/batch.ts'
import { requireTransformers } from '../../source/load-source.ts'
import { readSettings } from '../../source/settings.ts'
import { commandLog } from './command-log.ts'
import { wholeNumber } from './flag-values.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'
import { pageOf, readWithLanding, readWithoutDatabase, writeReport } from './report-document.ts'
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
  /** True for any port. */
  readonly serve?: number | true
}

/** `caseload report` */
export function reportCommand(): Command {
  return withCommonFlags(new Command('report'))
    .description(
      'Write what there is, where it comes from and whether it is well: sources, batches, tables, views, lineage and quality. ' +
        'It holds no value of a patient, and no count of fewer than 11 of them.',
    )
    .option('--out <file>', 'write the page to this file, which is replaced at once')
    .addOption(
      new Option(
        '--serve [port]',
        'serve the page on the loopback address, under an address that is printed; default: any free port',
      )
        .argParser(wholeNumber(1, 65_535))
        .conflicts(['out', 'json']),
    )
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
        '  caseload report --serve 8080\n  caseload report --json --no-database\n\nThe page is one file: it loads nothing, and opens from a share or a mail. docs/report.md says what it shows.',
    )
    .action(async (flags: ReportFlags) => {
      const { json, out, serve: port } = flags
      if (json !== true && out === undefined && port === undefined)
        throw new UsageError('Expected --out <file>, --serve or --json, found none of them.')
      if (port !== undefined) {
        await serve(flags, port === true ? 0 : port)
        return
      }
      const report = await readReport(flags, new Date())
      if (json === true) printJson(report)
      if (out === undefined) return
      const size = await writeReport(out, report)
      commandLog(flags).info('report', `wrote ${out}, ${Math.ceil(size / 1000)} kB`)
    })
}

/** Reads the document that the flags ask for. */
async function readReport(flags: ReportFlags, now: Date): Promise<Report> {
  const settings = readSettings(flags, process.env, process.cwd())
  const { sourceFolders, workRoot } = settings
  const sources = [flags.sources ?? []]
    .flat()
    .flatMap(text => text.split(/[\s,]+/))
    .map(parseSource)
  requireTransformers(sources, sourceFolders)
  const internal = flags.internal === true
  const options: ReportOptions = { sourceFolders, workRoot, sources, ...daysOf(flags), internal, now }
  const log = commandLog(flags)
  const warn = (message: string): void => {
    log.warn('report', message)
  }
  if (!flags.database) return readWithoutDatabase({ options, warn })
  return withSession(flags, 'reads', session => readWithLanding(session, { settings, options, warn }))
}

/** Serves the page until a signal ends the command. */
async function serve(flags: ReportFlags, port: number): Promise<void> {
  const log = commandLog(flags)
  const { address } = await servePage({
    port,
    draw: async () => pageOf(await readReport(flags, new Date())),
    everyMs: 60_000,
    onError: error => {
      log.error('report', failureLine(error, { format: 'text', redact: redactor(process.env) }).trim())
    },
  })
  process.stdout.write(`${address}\n`)
  log.info('report', 'serves the page at this address, anew after a minute, until Ctrl-C')
}

/** @throws UsageError if the first day is after the last */
function daysOf({ from, to }: ReportFlags): Pick<ReportOptions, 'from' | 'to'> {
  const first = from === undefined ? undefined : parseDate(from)
  const last = to === undefined ? undefined : parseDate(to)
  if (first !== undefined && last !== undefined && first > last)
    throw new UsageError(`Expected the first day before the last, found ${first} .. ${last}.`)
  return { from: first, to: last }
}
