import { Command, InvalidArgumentError } from 'commander'
import { parseDate, parseSource } from '../../source/batch.ts'
import { escapedJson } from '../../platform/control-characters.ts'
import { RefusedError } from '../../platform/errors.ts'
import { requireMaskedRun } from '../../contract/mask/masked-database.ts'
import {
  countQuarantine,
  listQuarantine,
  type QuarantineCount,
  readQuarantined,
  requireSource,
} from '../../ledger/read-quarantine.ts'
import { requireNames } from '../../operate/quarantine/require-names.ts'
import { compareCounts } from '../../audit/compare-counts.ts'
import type { RunResult } from '../../run/run-batch.ts'
import { numberText } from '../../platform/count-text.ts'
import { textTable } from '../../platform/text-table.ts'
import { indentJson } from '../../platform/json-text.ts'
import { batchArgument } from './batch-argument.ts'
import { type BatchFlags, withOneBatchFlags } from './flags-batch.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { tableStyle } from './for-people.ts'
import { printJson } from './print-json.ts'
import { requireRunnable, runOneBatch, withOneBatchRunner } from './run-one-batch.ts'
import { runSummary } from './run-summary.ts'
import { ensureTargetMigrated, withSession, withTarget } from './with-target.ts'

interface SummaryFlags extends CommonFlags {
  readonly json?: boolean
}

interface ListFlags extends SummaryFlags {
  readonly run?: string
  readonly table?: string
  readonly rule?: string
  readonly limit: number
}

/** `caseload quarantine ls | show | summary | replay` */
export function quarantineCommand(): Command {
  return new Command('quarantine')
    .description('List and show rows and values that were not loaded, and run their batch again.')
    .addHelpText('after', '\nExamples:\n  caseload quarantine ls source_a 2023-05-01\n  caseload quarantine summary')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(summaryCommand())
    .addCommand(replayCommand())
}

function listCommand(): Command {
  return withCommonFlags(new Command('ls'))
    .description(
      'List rows in quarantine: where each was delivered and which rule it broke, never its values. The newest run is first, ' +
        'and in each run the causes stand before rows that only went with their parent (rule parent). Without --run: rows of ' +
        'published batches (state open, or dropped if the row is loaded without this value), and of the newest run of a ' +
        'batch if it was refused.',
    )
    .argument('[source]', 'only rows of this source')
    .argument('[date]', 'only rows of this day')
    .option('--run <id>', 'only rows of this run, published or refused; the first 8 characters of the id are enough')
    .option('--table <name>', 'only rows of this table; for whole records, of this input')
    .option('--rule <name>', 'only rows that broke this rule')
    .option('--limit <n>', 'maximum number of rows', positiveNumber, 50)
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      `
Examples:
  caseload quarantine ls source_a 2023-05-01
  caseload quarantine ls --run 0b9df1f2 --table visits --rule pattern --json`,
    )
    .action(async (source: string | undefined, date: string | undefined, flags: ListFlags) => {
      const { run, table, rule, limit } = flags
      const filter = { ...batchFilter(source, date), run, table, rule, limit }
      const { rows, more } = await withSession(flags, 'reads', async session => {
        await requireNames(session, { table, rule })
        return listQuarantine(session, filter)
      })
      if (flags.json === true) {
        printJson(rows)
        return
      }
      const cells = rows.map(row => [
        row.id,
        row.source,
        row.batch_date,
        row.table_name,
        row.file,
        row.record_no,
        row.column_name,
        row.rule,
        row.reason,
        row.state,
      ])
      const columns = ['id', 'source', 'date', 'table', 'file', 'record', 'column', 'rule', 'reason', 'state']
      const rest = more
        ? `(the first ${numberText(rows.length)}; --limit shows more, and caseload quarantine summary counts all)\n`
        : ''
      process.stdout.write(
        rows.length === 0 ? 'No row in quarantine.\n' : textTable(columns, cells, tableStyle()) + rest,
      )
    })
}

function showCommand(): Command {
  return withCommonFlags(new Command('show'))
    .description(
      'Print one row in quarantine as JSON, with all its delivered values. This is the only command that ' +
        "prints a patient's values: protect its output.",
    )
    .argument('<id>', 'id in the first column of caseload quarantine ls', rowId)
    .addHelpText('after', '\nExample:\n  caseload quarantine show 42')
    .action(async (id: string, flags: CommonFlags) => {
      const { row, ...rest } = await withSession(flags, 'reads', async session => {
        const found = await readQuarantined(session, id)
        await requireMaskedRun(session, process.env, found.run_id, 'The row')
        return found
      })
      // Parsing would change numbers of the row: 9007199254740993, 1.10.
      const delivered = row === null ? 'null' : indentJson(row, '  ')
      const document = `${JSON.stringify(rest, null, 2).replace(/\n\}$/, '')},\n  "row": ${delivered}\n}\n`
      process.stdout.write(escapedJson(document))
    })
}

function summaryCommand(): Command {
  return withCommonFlags(new Command('summary'))
    .description(
      'Count rows in quarantine, and values dropped from loaded rows by column, by source, date, table, rule and state, ' +
        "with their share of the table's rows.",
    )
    .argument('[source]', 'only rows of this source')
    .argument('[date]', 'only rows of this day')
    .option('--json', 'print one JSON array')
    .addHelpText('after', '\nExamples:\n  caseload quarantine summary\n  caseload quarantine summary source_a --json')
    .action(async (sourceName: string | undefined, dateText: string | undefined, flags: SummaryFlags) => {
      const { source, date } = batchFilter(sourceName, dateText)
      const counts = await withSession(flags, 'reads', async session => {
        if (source !== undefined) await requireSource(session, source)
        return countQuarantine(session, source, date)
      })
      if (flags.json === true) printJson(counts)
      else process.stdout.write(counts.length === 0 ? 'No row in quarantine.\n' : countsTable(counts))
    })
}

function countsTable(counts: readonly QuarantineCount[]): string {
  const cells = counts.map(({ source, batch_date, table_name, column_name, rule, state, rows, candidates, share }) => {
    const percent = share === null ? null : `${(share * 100).toFixed(2)} %`
    return [source, batch_date, table_name, column_name, rule, state, rows, candidates, percent]
  })
  return textTable(
    ['source', 'date', 'table', 'dropped of', 'rule', 'state', 'rows', 'candidates', 'share'],
    cells,
    tableStyle(),
  )
}

function replayCommand(): Command {
  return withOneBatchFlags(new Command('replay'))
    .description(
      'Run a batch again after its files or its source were fixed, and print how many rows are in quarantine before and ' +
        'after. It does what caseload run does: the whole batch is replaced.',
    )
    .addHelpText('after', '\nExample:\n  caseload quarantine replay source_a 2023-05-01')
    .action(replay)
}

async function replay(source: string, date: string, flags: BatchFlags): Promise<void> {
  const batch = await batchArgument(source, date)
  // This target keeps an embedded server running between the counts and the run.
  await withTarget(flags, 'writes', async target => {
    await ensureTargetMigrated(target)
    const count = async (): Promise<readonly QuarantineCount[]> => {
      const session = await target.openSession('caseload')
      try {
        return await countQuarantine(session, batch.source, batch.date)
      } finally {
        await session.end()
      }
    }
    const before = await count()
    const printCounts = async (result: RunResult | null): Promise<void> => {
      const quarantine = compareCounts(before, await count())
      if (flags.json === true) {
        printJson({ run: result, quarantine })
        return
      }
      const cells = quarantine.map(one => [one.table_name, one.column_name, one.rule, one.before, one.after])
      process.stdout.write(
        (result === null ? '' : `${runSummary(result)}\n`) +
          (cells.length === 0
            ? 'No row in quarantine, before or after.\n'
            : textTable(['table', 'dropped of', 'rule', 'before', 'after'], cells, tableStyle())),
      )
    }
    try {
      await requireRunnable(batch, flags)
      await printCounts(await withOneBatchRunner(flags, 'writes', runner => runOneBatch(runner, batch, flags)))
    } catch (error) {
      if (error instanceof RefusedError) await printCounts(null)
      throw error
    }
  })
}

function batchFilter(
  source: string | undefined,
  date: string | undefined,
): { readonly source: string | undefined; readonly date: string | undefined } {
  return {
    source: source === undefined ? undefined : parseSource(source),
    date: date === undefined ? undefined : parseDate(date),
  }
}

function positiveNumber(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Expected a whole number above 0.')
}

/** Stays text: an id can be too large for a number. */
function rowId(text: string): string {
  if (/^[1-9][0-9]{0,17}$/.test(text)) return text
  throw new InvalidArgumentError('Expected the number in the first column of caseload quarantine ls.')
}
