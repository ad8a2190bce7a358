import { isDeepStrictEqual } from 'node:util'
import { Command, Option } from 'commander'
import type { Batch } from '../../source/batch.ts'
import { type BatchChecks, loadChecks } from '../../audit/batch-checks.ts'
import { badRowsQuery } from '../../audit/check-query.ts'
import { type CheckResult, describeFailures } from '../../audit/check-result.ts'
import { type PublishedBatch, publishedBatch } from '../../audit/published-batch.ts'
import { runChecks } from '../../audit/run-checks.ts'
import { LockedError, MissingInputError, RefusedError, UsageError } from '../../platform/errors.ts'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSettings } from '../../source/settings.ts'
import { loadSource } from '../../source/load-source.ts'
import { textTable } from '../../platform/text-table.ts'
import { batchArgument } from './batch-argument.ts'
import { type CommonFlags, withBatchArguments, withCommonFlags } from './flags-common.ts'
import { tableStyle } from './for-people.ts'
import { printJson } from './print-json.ts'
import { withSession } from './with-target.ts'

interface CheckFlags extends CommonFlags {
  readonly json?: boolean
  readonly sql?: string
}

/** `caseload check <source> <date>` */
export function checkCommand(): Command {
  return withBatchArguments(withCommonFlags(new Command('check')))
    .description(
      'Run the quality checks of a published batch again and record the results (exit 3 if a rule of severity error fails).',
    )
    .addOption(
      new Option(
        '--sql <check>',
        'print the query that lists the bad rows of this check, and run nothing; not with --json',
      ).conflicts('json'),
    )
    .option('--json', 'print one JSON array with one object per check and table')
    .addHelpText(
      'after',
      `
Examples:
  caseload check source_a 2023-05-01
  caseload check source_a 2023-05-01 --sql doses_above_zero > bad.sql && caseload sql -f bad.sql`,
    )
    .action(async (sourceName: string, dateText: string, flags: CheckFlags) => {
      const batch = await batchArgument(sourceName, dateText)
      const { sourceFolders } = readSettings(flags, process.env, process.cwd())
      const checks = loadChecks(await loadSource(batch.source, sourceFolders), sourceFolders)
      await withSession(flags, flags.sql === undefined ? 'writes' : 'reads', async session => {
        const published = await requirePublished(session, batch)
        if (flags.sql === undefined) report(await check(session, batch, published, checks), published.runId, flags)
        else process.stdout.write(badRowsQueries(flags.sql, published, checks))
      })
    })
}

async function requirePublished(session: Session, batch: Batch): Promise<PublishedBatch> {
  const published = (await hasReadableLedger(session)) ? await publishedBatch(session, batch) : undefined
  if (published !== undefined) return published
  throw new MissingInputError(
    `Nothing is published for ${batch.source} ${batch.date}, so there is nothing to check. caseload status lists published batches.`,
  )
}

async function check(
  session: Session,
  batch: Batch,
  { runId, tables, fileResults }: PublishedBatch,
  checks: BatchChecks,
): Promise<readonly CheckResult[]> {
  try {
    return await runChecks(session, { batch, runId, tables, checks, fileResults })
  } catch (error) {
    // A swap or merge of its leaves breaks the queries.
    const now = await publishedBatch(session, batch)
    if (now?.runId === runId && isDeepStrictEqual(now.tables, tables)) throw error
    throw new LockedError(
      `${batch.source} ${batch.date} was replaced or merged while it was checked. Run the same command again.`,
    )
  }
}

const columns = ['check', 'table', 'severity', 'outcome', 'checked rows', 'bad rows', 'detail']

function report(results: readonly CheckResult[], runId: string, flags: CheckFlags): void {
  if (flags.json === true) printJson(results)
  else {
    const rows = results.map(one => [
      one.check,
      one.table,
      one.severity,
      one.outcome,
      one.checkedRows,
      one.badRows,
      one.detail,
    ])
    process.stdout.write(textTable(columns, rows, tableStyle()))
  }
  const failed = describeFailures(results, runId)
  if (failed !== undefined) throw new RefusedError(`The published batch fails its quality checks: ${failed}`)
}

function badRowsQueries(name: string, { tables }: PublishedBatch, checks: BatchChecks): string {
  const found = checks.sql.filter(one => one.name === name && tables.some(({ table }) => table === one.table))
  if (found.length > 0) return found.map(one => `${badRowsQuery(one, tables).trimEnd()};\n`).join('\n')
  const known = checks.sql.map(one => one.name).join(', ')
  throw new UsageError(
    `Expected the name of a check of this batch, found ${JSON.stringify(name)}. There are: ${known || 'none'}.`,
  )
}
