import { Command, Option } from 'commander'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import { hasQueue, noQueue, openBoss } from '../../operate/queue/boss.ts'
import {
  type JobState,
  type ListedJob,
  listJobs,
  openStates,
  queueStatus,
  type QueueStatus,
  reviveJobs,
} from '../../operate/queue/jobs.ts'
import { queueMetrics } from '../../operate/queue/metrics.ts'
import { countText } from '../../platform/count-text.ts'
import { UsageError } from '../../platform/errors.ts'
import { errorWord } from '../../platform/error-word.ts'
import type { Session } from '../../platform/postgres.ts'
import { textTable } from '../../platform/text-table.ts'
import { timeText } from '../../platform/time-text.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { tableStyle, utcOption } from './for-people.ts'
import { printJson } from './print-json.ts'
import { withSession } from './with-target.ts'

interface QueueFlags extends CommonFlags {
  readonly json?: boolean
}

interface StatusFlags extends QueueFlags {
  readonly prometheus?: boolean
}

interface ListFlags extends QueueFlags {
  readonly all?: boolean
  readonly utc?: boolean
}

/** `caseload queue <command>` */
export function queueCommand(): Command {
  return new Command('queue')
    .description('Show the queue of batches, cancel jobs, and take up dead ones.')
    .addHelpText('after', '\nExamples:\n  caseload queue status\n  caseload queue dead\n  caseload queue retry')
    .addCommand(statusCommand())
    .addCommand(lsCommand())
    .addCommand(deadCommand())
    .addCommand(retryCommand())
    .addCommand(cancelCommand())
}

function statusCommand(): Command {
  return withCommonFlags(new Command('status'))
    .description('Count the jobs of each source that wait, run and are dead, and those of each worker.')
    .option('--json', 'print one JSON document')
    .addOption(new Option('--prometheus', "print metrics in Prometheus' text format").conflicts('json'))
    .addHelpText('after', '\nExamples:\n  caseload queue status\n  caseload queue status --prometheus')
    .action(async (flags: StatusFlags) => {
      const found = await withSession(flags, 'reads', async session =>
        (await isReadable(session)) ? await queueStatus(session) : undefined,
      )
      const status = found ?? { sources: [], workers: [] }
      if (flags.json === true) printJson(status)
      else if (flags.prometheus === true) process.stdout.write(queueMetrics(status))
      else process.stdout.write(found === undefined ? `${noQueue}\n` : statusText(status))
    })
}

function lsCommand(): Command {
  return withCommonFlags(new Command('ls'))
    .description('List the jobs that run and those that wait, in the order in which workers take them.')
    .option('--all', 'also those that are done, cancelled or dead; what is done stays for 12 hours')
    .option('--json', 'print one JSON array')
    .addOption(utcOption())
    .addHelpText('after', '\nExamples:\n  caseload queue ls\n  caseload queue ls --all --json')
    .action(async (flags: ListFlags) => {
      const states: readonly JobState[] = flags.all === true ? [...openStates, 'done', 'cancelled', 'dead'] : openStates
      const jobs = await readJobs(flags, states)
      if (flags.json === true) printJson(jobs)
      else process.stdout.write(jobsText(jobs, flags.utc === true))
    })
}

function deadCommand(): Command {
  return withCommonFlags(new Command('dead'))
    .description('List the jobs that will not be tried again, and why. caseload queue retry takes them up.')
    .option('--json', 'print one JSON array')
    .addOption(utcOption())
    .addHelpText('after', '\nExamples:\n  caseload queue dead\n  caseload queue dead --json')
    .action(async (flags: ListFlags) => {
      const jobs = await readJobs(flags, ['dead'])
      if (flags.json === true) printJson(jobs)
      else process.stdout.write(deadText(jobs, flags.utc === true))
    })
}

function retryCommand(): Command {
  return withCommonFlags(new Command('retry'))
    .description('Put dead jobs into the queue again, with all their tries.')
    .argument('[jobs...]', 'ids of jobs, or their first characters; caseload queue dead lists them (default: all)')
    .option('--json', 'print one JSON array')
    .addHelpText('after', '\nExamples:\n  caseload queue retry\n  caseload queue retry 0b9df1f2')
    .action(async (ids: readonly string[], flags: QueueFlags) => {
      const jobs = await withSession(flags, 'writes', async session => {
        const boss = await openBoss(session)
        const dead = await jobsOf(session, ['dead'], ids)
        await reviveJobs({ session, boss }, dead)
        return dead
      })
      report(jobs, flags, 'queued again')
    })
}

function cancelCommand(): Command {
  return withCommonFlags(new Command('cancel'))
    .description(
      'Cancel jobs. One that waits does not run. One that runs is stopped within 5 s and rolled back, unless it publishes before ' +
        'that; caseload runs says how it ended.',
    )
    .argument('[jobs...]', 'ids of jobs, or their first characters; caseload queue ls lists them')
    .option('--all', 'all jobs that wait or run')
    .option('--json', 'print one JSON array')
    .addHelpText('after', '\nExamples:\n  caseload queue cancel 0b9df1f2\n  caseload queue cancel --all')
    .action(async (ids: readonly string[], flags: ListFlags) => {
      if ((ids.length === 0) !== (flags.all === true)) {
        throw new UsageError('Expected ids of jobs, or --all. caseload queue ls lists the jobs.')
      }
      const jobs = await withSession(flags, 'writes', async session => {
        const boss = await openBoss(session)
        const open = await jobsOf(session, openStates, ids)
        if (open.length > 0) await boss.cancel(open.map(one => one.job))
        return open
      })
      report(jobs, flags, 'cancelled')
    })
}

/** False where nothing was ever queued. */
async function isReadable(session: Session): Promise<boolean> {
  return (await hasReadableLedger(session)) && (await hasQueue(session))
}

function readJobs(flags: QueueFlags, states: readonly JobState[]): Promise<readonly ListedJob[]> {
  return withSession(flags, 'reads', async session =>
    (await isReadable(session)) ? await listJobs(session, states) : [],
  )
}

/** @throws UsageError if an id is the beginning of no such job, or of several */
async function jobsOf(
  session: Session,
  states: readonly JobState[],
  ids: readonly string[],
): Promise<readonly ListedJob[]> {
  if (ids.length === 0) return listJobs(session, states)
  const found: ListedJob[] = []
  for (const id of ids) {
    const jobs = await listJobs(session, states, id)
    const [one] = jobs
    if (one === undefined || jobs.length > 1) {
      const what = jobs.length > 1 ? `${jobs.length} of them begin` : 'none begins'
      throw new UsageError(
        `Expected the id of one job that is ${states.join(' or ')}; ${what} with ${JSON.stringify(id.slice(0, 40))}.`,
      )
    }
    if (!found.some(other => other.job === one.job)) found.push(one)
  }
  return found
}

function report(jobs: readonly ListedJob[], { json }: QueueFlags, what: string): void {
  if (json === true) printJson(jobs.map(({ job, source, date }) => ({ job, source, date })))
  else process.stdout.write(`${countText(jobs.length, 'job')} ${what}.\n`)
}

function statusText({ sources, workers }: QueueStatus): string {
  const bySource = sources.map(one => [one.source, one.waiting, one.running, one.dead, one.oldest_seconds])
  const byWorker = workers.map(one => [one.worker, one.jobs, one.lapsed ? 'lapsed' : 'held'])
  const jobs = textTable(['source', 'waiting', 'running', 'dead', 'oldest (s)'], bySource, tableStyle())
  return workers.length === 0 ? jobs : `${jobs}\n${textTable(['worker', 'jobs', 'lease'], byWorker, tableStyle())}`
}

function jobsText(jobs: readonly ListedJob[], utc: boolean): string {
  const rows = jobs.map(one => [
    one.job.slice(0, 8),
    one.source,
    one.date,
    one.state,
    `${one.tries} of ${one.most_tries}`,
    timeText(one.queued_at, utc),
    one.worker,
    one.reason,
  ])
  return textTable(['job', 'source', 'date', 'state', 'tries', 'queued at', 'worker', 'why'], rows, tableStyle())
}

function deadText(jobs: readonly ListedJob[], utc: boolean): string {
  const rows = jobs.map(one => [
    one.job.slice(0, 8),
    one.source,
    one.date,
    `${one.tries} of ${one.most_tries}`,
    timeText(one.ended_at, utc),
    errorWord(one.error_class),
    one.message,
  ])
  return textTable(['job', 'source', 'date', 'tries', 'ended at', 'error', 'message'], rows, tableStyle())
}
