import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { Command } from 'commander'
import { readMask } from '../../contract/mask/key.ts'
import { refuseNewer } from '../../ledger/schema-state.ts'
import { batchesAtOnce, serverSessions } from '../../operate/backfill/concurrency.ts'
import type { BatchOutcome } from '../../operate/backfill/outcome.ts'
import { collectNews } from '../../operate/notices/collect.ts'
import { newsOf, troubleOf } from '../../operate/notices/notice.ts'
import { openBoss } from '../../operate/queue/boss.ts'
import { fitOf, newCodeRefusal } from '../../operate/queue/fits.ts'
import type { ClaimedJob, JobData } from '../../operate/queue/job.ts'
import { workerSession } from '../../operate/queue/leases.ts'
import { runTimers } from '../../operate/queue/run-timers.ts'
import type { DueTimer } from '../../operate/queue/timers.ts'
import { work, type WorkerEnd, type WorkerParts } from '../../operate/queue/worker.ts'
import { countText } from '../../platform/count-text.ts'
import { CaseloadError, UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { wholeNumbers } from '../../source/configuration-schema.ts'
import { openProgress } from '../progress/open-progress.ts'
import { commandLog } from './command-log.ts'
import { decideFromFlags } from './decisions.ts'
import { wholeNumber } from './flag-values.ts'
import { type BatchFlags, withBatchFlags } from './flags-batch.ts'
import { jobsOf } from './jobs-of.ts'
import { type NoticeFlags, type Notices, withNoticeFlags, withNotices } from './notices.ts'
import { printJson } from './print-json.ts'
import { refreshAfter } from './refresh-marts.ts'
import { reportAfter, type ReportAfterFlags, throttled, withReportFlag } from './report-after.ts'
import { runJob } from './run-job.ts'
import { type Runner, withRunner } from './runner.ts'

interface WorkerFlags extends BatchFlags, NoticeFlags, ReportAfterFlags {
  readonly concurrency?: number
  readonly perSource?: number
  readonly drain?: boolean
  readonly grace: number
}

/** `caseload worker` */
export function workerCommand(): Command {
  const command = withNoticeFlags(withBatchFlags(new Command('worker')), 'a batch that is dead or well again')
  return withReportFlag(command, 'when batches have ended, at most once a minute')
    .description(
      'Take batches from the queue and run them, several at once, as a backfill would. Any number of workers may run, on any ' +
        'machine that reaches the landing root and the database. SIGTERM stops it: it takes no further batch, and what does ' +
        'not end in the grace time goes back to the queue.',
    )
    .option(
      '--concurrency <n>',
      'maximum number of batches at once, each in its own process (default: the number of cores, or fewer if the server has ' +
        'not enough connections)',
      wholeNumber(...wholeNumbers.concurrency),
    )
    .option(
      '--per-source <n>',
      'maximum number of batches of one source at once, on all workers together; give every worker the same (default: no ' +
        'limit; a source with a full list always runs one after the other)',
      wholeNumber(1, 1000),
    )
    .option('--drain', 'end when no job is left that this worker can run; exit 1 if one of its batches failed')
    .option(
      '--grace <seconds>',
      'how long running batches may go on after the first SIGTERM or SIGINT; a second one ends the worker at once',
      wholeNumber(0, 86_400),
      20,
    )
    .addHelpText(
      'after',
      `
A worker never makes the queue or leaves a batch to chance: it renews a lease for each batch that it runs, and another worker
takes the batch when the lease has not been renewed for 45 s.

Examples:
  caseload worker
  caseload worker --concurrency 4 --per-source 2
  caseload worker --notify --ping https://hc.example.org/ping/caseload-worker
  caseload worker --drain --json`,
    )
    .action(worker)
}

async function worker(flags: WorkerFlags): Promise<void> {
  await withNotices(flags, notices =>
    withRunner(flags, { timeoutPer: 'batch', use: 'writes', graceMs: flags.grace * 1000 }, runner =>
      workAndTell(runner, flags, notices),
    ),
  )
}

async function workAndTell(runner: Runner, flags: WorkerFlags, notices: Notices): Promise<void> {
  await runner.ask(openBoss)
  const target = { openSession: runner.openAtOnce }
  const news = collectNews(found => notices.tell(found, target, runner.signal), betweenNewsMs)
  const ended: BatchOutcome[] = []
  const counts = { published: 0, failed: 0, others: 0 }
  const report = throttled(() => reportAfter(flags.report, { ...runner, log: commandLog(flags) }), 60_000)
  const onEnd = (outcome: BatchOutcome, isDead: boolean): void => {
    report.ask()
    if (outcome.outcome === 'published') counts.published += 1
    else if (isDead) counts.failed += 1
    else counts.others += 1
    // A worker that runs for months keeps no list.
    if (flags.drain === true && flags.json === true) ended.push(outcome)
    const trouble = isDead ? troubleOf(outcome, { isDead }) : undefined
    news.add({ troubles: trouble === undefined ? [] : [trouble], well: newsOf([outcome], false).well })
  }
  const onBeat = paced(() => notices.ping(runner.signal), betweenPingsMs)
  const end = await takeJobs(runner, flags, { onEnd, onBeat }).finally(news.stop).finally(report.end)
  if (flags.json === true) printJson(ended.map(({ batch, ...rest }) => ({ ...batch, ...rest })))
  else {
    const { published, failed, others } = counts
    process.stdout.write(
      `Published ${countText(published, 'batch', 'batches')}, ${failed} dead, ${others} ended otherwise.\n`,
    )
  }
  if (counts.failed > 0) notices.cover()
  requireDrained(end, flags, counts.failed)
}

/** A worker whose batches all fail sends a few messages, not hundreds. */
const betweenNewsMs = 60_000

const betweenPingsMs = 60_000

/** Does something that never rejects at the first call, and at the first after each interval. */
function paced(work: () => Promise<void>, everyMs: number): () => void {
  let next = -Infinity
  return () => {
    if (performance.now() < next) return
    next = performance.now() + everyMs
    void work()
  }
}

/** @throws UsageError if jobs were left that this worker could not run; CaseloadError if a batch failed */
function requireDrained({ refused }: WorkerEnd, { drain }: WorkerFlags, failed: number): void {
  if (drain !== true) return
  if (failed > 0) {
    throw new CaseloadError(
      `${countText(failed, 'batch', 'batches')} failed. caseload queue dead shows why; caseload queue retry takes them up.`,
    )
  }
  if (refused.size === 0) return
  const reasons = [...refused].map(([source, why]) => `${source}: ${why}`).join('; ')
  throw new UsageError(`Jobs are left that this worker cannot run. ${reasons}.`)
}

async function takeJobs(
  runner: Runner,
  flags: WorkerFlags,
  events: Pick<WorkerParts, 'onEnd' | 'onBeat'>,
): Promise<WorkerEnd> {
  const { settings, signal, stopping } = runner
  const name = `${randomBytes(4).toString('hex')} ${process.pid} ${hostname()}`.slice(0, 40)
  const concurrency = batchesAtOnce(flags.concurrency, await runner.ask(serverSessions))
  const threads = Math.max(1, Math.floor(settings.threads / concurrency))
  // Batches come and go for months: lines, never a redrawn screen.
  const progress = openProgress(flags, process.env, process.stderr, { total: 0, redraws: false })
  const log = commandLog(flags)
  log.info('worker', `${name} takes ${countText(concurrency, 'batch', 'batches')} at once`)
  const openSession = (): Promise<Session> => runner.openAtOnce(workerSession(name))
  const keepsTimers = flags.drain !== true
  const stopTimers = keepsTimers
    ? runTimers({ openSession, jobsOf: due => jobsOfDue(runner, due), log })
    : () => Promise.resolve()
  return work({
    worker: name,
    concurrency,
    perSource: flags.perSource,
    drain: flags.drain === true,
    openSession,
    stopping,
    requireFit: requireKnownLedger,
    refusal: (session, job) => refusalOf(session, job, settings.sourceFolders),
    run: guard => runJob({ runner, progress, threads, logFormat: flags.logFormat }, guard),
    onPublished: () => refreshAfter(runner.ask, { ...flags, signal, log }),
    ...events,
    log,
  }).finally(stopTimers)
}

async function jobsOfDue({ target, settings }: Runner, { timer, from, to }: DueTimer): Promise<readonly JobData[]> {
  const asked = { sources: timer.sources, from, to, reprocess: 'unpublished' } as const
  const { decisions } = await decideFromFlags(target, settings, asked)
  return jobsOf(decisions, { sourceFolders: settings.sourceFolders, strict: false, acceptedCodes: new Map() })
}

/** A newer Caseload may have migrated the ledger since this worker started. */
async function requireKnownLedger(session: Session): Promise<void> {
  const found = await session.query<{ version: number }>('select version from caseload.schema_state')
  refuseNewer({ version: found.rows[0]?.version ?? 0 })
}

async function refusalOf(
  session: Session,
  { batch, data }: ClaimedJob,
  sourceFolders: readonly string[],
): Promise<string | undefined> {
  const fit = await fitOf({ session, sourceFolders, mask: readMask(process.env) }, batch.source)
  if (fit.refusal !== undefined) return fit.refusal
  return fit.hasNewCode && fit.code !== data.acceptedCode ? newCodeRefusal : undefined
}
