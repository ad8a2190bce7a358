import { existsSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { parseDate, parseSource } from '../batch.ts'
import { AbortedError, MissingInputError, TimeoutError } from '../errors.ts'
import { stderrLog } from '../log.ts'
import { makeReady } from '../ready.ts'
import { runBatch, type RunResult } from '../run-batch.ts'
import { packageVersion, readSettings } from '../settings.ts'
import { loadSource } from '../sources.ts'
import { textTable } from '../text-table.ts'
import { type CommonFlags, printJson, withCommonFlags, withTarget } from './common.ts'

interface RunFlags extends CommonFlags {
  readonly json?: boolean
  readonly timeout?: number
}

/** `caseload run <source> <date>` */
export function runCommand(): Command {
  return withCommonFlags(new Command('run'))
    .description('Replace one batch: read its landing files, check, stage and publish all its tables at once.')
    .argument('<source>', 'a source, such as source_a, or one of its sites, such as source_a__north')
    .argument('<date>', 'day of the delivery, 20230501 or 2023-05-01')
    .option('--timeout <seconds>', 'give up after so long (exit 124); nothing is published then', seconds)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  caseload run source_a 20230501
  caseload run source_a__north 2023-05-01 --landing /mnt/landing`,
    )
    .action(async (source: string, date: string, flags: RunFlags) => {
      const result = await run(source, date, flags)
      if (flags.json === true) printJson(result)
      else process.stdout.write(summary(result))
    })
}

async function run(sourceName: string, dateText: string, flags: RunFlags): Promise<RunResult> {
  const batch = { source: parseSource(sourceName), date: parseDate(dateText) }
  const settings = readSettings(flags, process.env, process.cwd())
  const source = await loadSource(batch.source, settings.sourceFolders)
  if (!existsSync(settings.landing)) {
    throw new MissingInputError(
      `Expected a landing root at ${settings.landing}; --landing or CASELOAD_LANDING names it.`,
    )
  }
  const { signal, release } = abortOnSignals(flags.timeout)
  try {
    return await withTarget(flags, async target => {
      const session = await target.openSession('caseload')
      await makeReady(session).finally(() => session.end())
      return runBatch({
        ...settings,
        batch,
        source,
        signal,
        codeVersion: packageVersion(),
        databaseUrl: target.url,
        openSession: target.openSession,
        log: stderrLog({ source: batch.source, date: batch.date }),
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

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

function summary({ batch, runId, files, tables }: RunResult): string {
  const records = files.reduce((sum, file) => sum + file.records, 0)
  const rows = tables.map(({ table, loaded, quarantined, removed }) => [
    table,
    loaded,
    total(quarantined),
    total(removed),
  ])
  return (
    `Published ${batch.source} ${batch.date}: ${records} records of ${files.length} files, run ${runId}.\n` +
    textTable(['table', 'loaded', 'quarantined', 'removed'], rows)
  )
}
