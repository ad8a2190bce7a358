import { Command } from 'commander'
import { batchFacts } from '../../ledger/batch-facts.ts'
import { callerName } from '../../ledger/who.ts'
import { countText, numberText } from '../../platform/count-text.ts'
import { UsageError } from '../../platform/errors.ts'
import { stopOnSignals } from '../../platform/signals.ts'
import { unpublish, type Unpublished } from '../../publish/unpublish.ts'
import { type Batch, parseDate, parseSource } from '../../source/batch.ts'
import { commandLog } from './command-log.ts'
import { reasonText } from './flag-values.ts'
import { type CommonFlags, withCommonFlags, withSourceArgument } from './flags-common.ts'
import { printJson } from './print-json.ts'
import { type MartFlags, noMarts, refreshAfter } from './refresh-marts.ts'
import { withAbortableSession } from './retrying-target.ts'
import { ensureTargetMigrated, withTarget } from './with-target.ts'

interface UnpublishFlags extends CommonFlags, MartFlags {
  readonly reason: string
  readonly yes?: boolean
  readonly json?: boolean
}

/** A published batch and its rows. */
interface PublishedBatch extends Batch {
  readonly rows: number
}

/** `caseload unpublish <source> [date]` */
export function unpublishCommand(): Command {
  return withSourceArgument(withCommonFlags(new Command('unpublish')))
    .description(
      'Take a published batch, or every batch of a source, out of the tables and views, each in one swap for all its tables. ' +
        'The version is kept as rollback keeps versions, and the batch is pinned with the reason: a backfill skips it until ' +
        'caseload run loads it or caseload rollback brings the version back.',
    )
    .argument('[date]', 'day of the delivery, 20230501 or 2023-05-01 (default: every published day of the source)')
    .requiredOption('--reason <text>', 'why it leaves the tables, shown by status and runs', reasonText)
    .option('--yes', 'unpublish a whole source; without it, print what would go and exit with 2')
    .option(...noMarts)
    .option('--json', 'print one JSON array with one object per batch')
    .addHelpText(
      'after',
      `
Examples:
  caseload unpublish source_a 2023-05-01 --reason 'file of another hospital'
  caseload unpublish source_a --reason 'contract ended' --yes`,
    )
    .action(async (sourceName: string, dateText: string | undefined, flags: UnpublishFlags) => {
      const source = parseSource(sourceName)
      const date = dateText === undefined ? undefined : parseDate(dateText)
      const stop = stopOnSignals()
      try {
        await withTarget(flags, 'writes', async target => {
          await ensureTargetMigrated(target)
          const session = await target.openSession('caseload')
          const found = await publishedBatches(session, source).finally(() => session.end())
          if (date === undefined) requireConsent(source, found, flags)
          const batches = date === undefined ? found : [{ source, date }]
          const done: Unpublished[] = []
          try {
            for (const batch of batches) {
              const log = commandLog(flags, batch)
              const { reason } = flags
              const { openSession } = target
              done.push(await unpublish({ batch, reason, by: callerName(), openSession, log, signal: stop.signal }))
            }
          } finally {
            // Also before an error: each batch is a swap of its own, and the next call goes on with the others.
            printDone(source, done, flags)
          }
          const { signal } = stop
          const log = commandLog(flags)
          await refreshAfter(question => withAbortableSession(target, signal, question), { ...flags, signal, log })
        })
      } finally {
        stop.release()
      }
    })
}

type AskedSession = Parameters<typeof batchFacts>[0]

/** The published batches of a source, the oldest first: what is the newest for readers stays so until the end. */
async function publishedBatches(session: AskedSession, source: string): Promise<readonly PublishedBatch[]> {
  const facts = await batchFacts(session, { sources: [source] })
  return facts.flatMap(({ date, published }) =>
    published === undefined ? [] : [{ source, date, rows: published.rows }],
  )
}

/** @throws UsageError if the source has no published batch, or if the user has not confirmed */
function requireConsent(source: string, found: readonly PublishedBatch[], { yes, json }: UnpublishFlags): void {
  const [first] = found
  if (first === undefined) throw new UsageError(`Expected published batches of ${source}, found none.`)
  if (yes === true) return
  if (json === true) printJson(found)
  else for (const { date, rows } of found) process.stdout.write(`${source} ${date}  ${countText(rows, 'row')}\n`)
  const rows = found.reduce((sum, one) => sum + one.rows, 0)
  throw new UsageError(
    `${countText(found.length, 'batch', 'batches')} with ${countText(rows, 'row')} would leave the tables, and nothing was ` +
      'changed. Add --yes to unpublish the whole source, or name one day.',
  )
}

function printDone(source: string, done: readonly Unpublished[], { json }: UnpublishFlags): void {
  if (json === true) {
    printJson(done)
    return
  }
  for (const { date, runId, rows } of done) {
    process.stdout.write(`Unpublished ${source} ${date}: run ${runId} (${numberText(rows)} rows) is kept.\n`)
  }
  if (done.length > 0) {
    process.stdout.write(
      `A backfill skips ${done.length === 1 ? 'it' : 'them'}. To bring a batch back: caseload rollback ${source} <date>, or ` +
        `load it again: caseload run ${source} <date>\n`,
    )
  }
}
