import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { defaultBadRowLimit, parseBadRowLimit } from '../bad-rows.ts'
import { parseDate, parseSource } from '../batch.ts'
import { warnings } from '../checks/check-result.ts'
import { total } from '../counts.ts'
import { AbortedError, MissingInputError, TimeoutError } from '../errors.ts'
import { stderrLog } from '../log.ts'
import { readLogFormat } from '../log-format.ts'
import { readMask } from '../mask/key.ts'
import { makeReady } from '../ready.ts'
import { redactor } from '../redact.ts'
import { runBatch, type RunResult } from '../run-batch.ts'
import { isS3 } from '../s3/location.ts'
import { packageVersion, readSettings } from '../settings.ts'
import { loadSource } from '../sources.ts'
import { textTable } from '../text-table.ts'
import { type CommonFlags, printJson, withCommonFlags, withTarget } from './common.ts'

/** Flags of every command that runs a batch. */
export interface RunFlags extends CommonFlags {
  readonly json?: boolean
  readonly timeout?: number
  readonly maxBadRows?: string
}

/** `caseload run <source> <date>` */
export function runCommand(): Command {
  return withRunFlags(new Command('run'))
    .description('Replace one batch: read its landing files, check, stage and publish all its tables at once.')
    .addHelpText(
      'after',
      `
Examples:
  caseload run source_a 20230501
  caseload run source_a__north 2023-05-01 --landing /mnt/landing`,
    )
    .action(async (source: string, date: string, flags: RunFlags) => {
      const result = await runFromFlags(source, date, flags)
      if (flags.json === true) printJson(result)
      else process.stdout.write(runSummary(result))
    })
}

/** Adds the arguments and flags of a command that runs a batch. */
export function withRunFlags(command: Command): Command {
  return withCommonFlags(command)
    .argument('<source>', 'a source, such as source_a, or one of its sites, such as source_a__north')
    .argument('<date>', 'day of the delivery, 20230501 or 2023-05-01')
    .option('--timeout <seconds>', 'give up after so long (exit 124); nothing is published then', seconds)
    .option(
      '--max-bad-rows <limit>',
      'refuse the batch if more rows of a table break their contract: 100 or 2.5% ' +
        '(CASELOAD_MAX_BAD_ROWS; default: what the source says, else 5% and 10 rows)',
    )
    .option('--json', 'print one JSON object')
}

/**
 * Runs one batch as the command line asks, on the target of the environment, and stops at the first signal.
 *
 * @throws CaseloadError of the kind that fits
 */
export async function runFromFlags(sourceName: string, dateText: string, flags: RunFlags): Promise<RunResult> {
  const batch = { source: parseSource(sourceName), date: parseDate(dateText) }
  const settings = readSettings(flags, process.env, process.cwd())
  const source = await loadSource(batch.source, settings.sourceFolders)
  const limit = settings.maxBadRows ?? source.transformer.maxBadRows
  const badRows = limit === undefined ? defaultBadRowLimit : parseBadRowLimit(limit)
  if (!isS3(settings.landing) && !existsSync(settings.landing)) {
    throw new MissingInputError(
      `Expected a landing root at ${settings.landing}; --landing or CASELOAD_LANDING names it.`,
    )
  }
  // The engine's process reads it too; a key that is missing is said before a lock is taken.
  readMask(process.env)
  const runId = randomUUID()
  const { signal, release } = abortOnSignals(flags.timeout)
  try {
    return await withTarget(flags, async target => {
      const session = await target.openSession('caseload')
      await makeReady(session).finally(() => session.end())
      return runBatch({
        ...settings,
        batch,
        runId,
        source,
        signal,
        badRows,
        codeVersion: packageVersion(),
        databaseUrl: target.url,
        openSession: target.openSession,
        log: stderrLog(
          { run: runId, source: batch.source, date: batch.date },
          { format: readLogFormat(flags.logFormat, process.env), redact: redactor(process.env) },
        ),
      })
    })
  } finally {
    release()
  }
}

/** The first signal rolls the batch back; the second ends the process at once. */
function abortOnSignals(timeout: number | undefined): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals): void => {
    const error = new AbortedError(name === 'SIGINT' ? 'SIGINT' : 'SIGTERM')
    if (controller.signal.aborted) process.exit(error.exitCode)
    controller.abort(error)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          controller.abort(new TimeoutError(timeout))
        }, timeout * 1000)
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer)
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}

function seconds(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0 && value <= 1_000_000) return value
  throw new InvalidArgumentError('Expected a number of seconds above 0.')
}

/** What a person reads of a published batch: a line, and a table with one line per table. */
export function runSummary({ batch, runId, files, tables, checks }: RunResult): string {
  const records = files.reduce((sum, file) => sum + file.records, 0)
  const whole = files.reduce((sum, file) => sum + file.quarantined, 0)
  const rows = tables.map(({ table, loaded, quarantined, removed }) => [
    table,
    loaded,
    total(quarantined),
    total(removed),
  ])
  const inQuarantine = tables.reduce((sum, table) => sum + total(table.quarantined), whole)
  const warned = warnings(checks).length
  return [
    `Published ${batch.source} ${batch.date}: ${records} records of ${files.length} files, run ${runId}.\n`,
    textTable(['table', 'loaded', 'quarantined', 'removed'], rows),
    ...(whole > 0
      ? [`${whole} ${whole === 1 ? 'record is' : 'records are'} in quarantine whole, not being of the declared form.\n`]
      : []),
    ...(inQuarantine > 0 ? [`See them with: caseload quarantine ls ${batch.source} ${batch.date}\n`] : []),
    ...(warned > 0
      ? [
          `${warned} quality ${warned === 1 ? 'rule warns' : 'rules warn'}. See them with: caseload check ${batch.source} ${batch.date}\n`,
        ]
      : []),
  ].join('')
}
