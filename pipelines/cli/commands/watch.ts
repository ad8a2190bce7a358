import { Command } from 'commander'
import { decideBatches, type SourceProblem } from '../../operate/backfill/decide-batches.ts'
import { openBoss } from '../../operate/queue/boss.ts'
import { makeLook, type WatchEvent } from '../../operate/queue/look.ts'
import { reconnecting } from '../../operate/queue/reconnecting.ts'
import { watch } from '../../operate/queue/watch.ts'
import { countText } from '../../platform/count-text.ts'
import { CaseloadError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { parseSource } from '../../source/batch.ts'
import { requireTransformers } from '../../source/load-source.ts'
import { commandLog } from './command-log.ts'
import { wholeNumber } from './flag-values.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { jobsOf } from './jobs-of.ts'
import { printJson } from './print-json.ts'
import { type Runner, withRunner } from './runner.ts'

interface WatchFlags extends CommonFlags {
  readonly interval: number
  readonly days: number
  readonly quietPeriod: number
  readonly tries: number
  readonly once?: boolean
  readonly json?: boolean
}

/** `caseload watch [sources...]` */
export function watchCommand(): Command {
  return withCommonFlags(new Command('watch'))
    .description(
      'Put a batch into the queue when its delivery is complete, and again when its files change; caseload worker runs it. Any ' +
        'number of watchers may run, on any machine that reaches the landing root and the database: each change is queued once. ' +
        'SIGTERM stops it.',
    )
    .argument('[sources...]', 'sources or their sites (default: all with a folder below the landing root)')
    .option(
      '--interval <seconds>',
      'pause between two looks at the days since the day before yesterday; every 10 minutes it looks at all days',
      wholeNumber(1, 86_400),
      30,
    )
    .option('--days <n>', 'how many days back it looks', wholeNumber(0, 36_600), 31)
    .option(
      '--quiet-period <seconds>',
      'how long a delivery must not have changed if its source declares no sign that it is complete (ready)',
      wholeNumber(0, 86_400),
      60,
    )
    .option('--tries <n>', 'how often to try a batch, as caseload enqueue does', wholeNumber(1, 100), 3)
    .option('--once', 'look once at all days, then end')
    .option('--json', 'print one JSON object a line for each batch; with --once, one JSON array')
    .addHelpText(
      'after',
      `
A delivery whose content is what is published is not queued. A batch that is pinned or dismissed is not queued, either. Make the
queue before with caseload migrate.

Examples:
  caseload watch
  caseload watch icu source_a --interval 10 --days 7
  caseload watch --once --json`,
    )
    .action(watchLanding)
}

async function watchLanding(names: readonly string[], flags: WatchFlags): Promise<void> {
  const sources = names.map(parseSource)
  const batchFlags = { ...flags, retries: 5, keep: 1, marts: false }
  await withRunner(batchFlags, { timeoutPer: 'batch', use: 'writes' }, async runner => {
    requireTransformers(sources, runner.settings.sourceFolders)
    await runner.ask(openBoss)
    const openSession = (): Promise<Session> => runner.openAtOnce('caseload watch')
    const queue = reconnecting(openSession)
    const events: WatchEvent[] = []
    let printed = 0
    const look = makeLook({
      ...runner.settings,
      env: process.env,
      sources,
      quietPeriod: flags.quietPeriod,
      tries: flags.tries,
      ask: question => queue.ask(question),
      decide: asked => decide(runner, openSession, asked),
      jobsOf: decisions =>
        jobsOf(decisions, { sourceFolders: runner.settings.sourceFolders, strict: false, acceptedCodes: new Map() }),
      onEvent: event => {
        // A watcher that runs for months keeps no list.
        if (flags.once === true && flags.json === true) events.push(event)
        else {
          printed++
          process.stdout.write(flags.json === true ? `${JSON.stringify(event)}\n` : eventLine(event))
        }
      },
      stopping: runner.stopping,
    })
    const log = commandLog(flags)
    try {
      if (flags.once === true) {
        const problems = await look(flags.days, new Date())
        if (flags.json === true) printJson(events)
        else if (printed === 0) log.info('watch', `nothing to queue of the last ${countText(flags.days, 'day')}`)
        for (const { source, error } of problems) log.warn('watch', `${source} is not watched: ${error.message}`)
        requireAll(problems)
        return
      }
      const { interval, days } = flags
      log.info('watch', `looks at ${runner.settings.landing} every ${countText(interval, 'second')}`)
      await watch({ look, days, intervalMs: interval * 1000, stopping: runner.stopping, log })
    } finally {
      await queue.close()
    }
  })
}

async function decide(
  { settings }: Runner,
  openSession: () => Promise<Session>,
  asked: Parameters<typeof decideBatches>[1],
): ReturnType<typeof decideBatches> {
  const session = await openSession()
  try {
    return await decideBatches({ ...settings, env: process.env, session, now: new Date() }, asked)
  } finally {
    await session.end().catch(() => undefined)
  }
}

const outcomeWords: Readonly<Record<WatchEvent['outcome'], string>> = {
  queued: 'queued',
  waiting: 'waits already',
  dismissed: 'not queued',
}

function eventLine({ source, date, outcome, reason }: WatchEvent): string {
  return `${source} ${date} ${outcomeWords[outcome]}: ${reason}\n`
}

/** @throws CaseloadError if a source could not be looked at */
function requireAll(problems: readonly SourceProblem[]): void {
  if (problems.length === 0) return
  const left = [...new Set(problems.map(one => one.source))].join(', ')
  throw new CaseloadError(`Not looked at: ${left}, see the warnings above; the others were.`)
}
