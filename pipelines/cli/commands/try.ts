import { availableParallelism } from 'node:os'
import { Command } from 'commander'
import { isConsequence } from '../../check/count-verdicts.ts'
import { parseDate, parseSource } from '../../source/batch.ts'
import { defaultBadRowLimit, parseBadRowLimit } from '../../source/bad-row-limit.ts'
import { readMask } from '../../contract/mask/key.ts'
import { isFuture, requirePossibleDay } from '../../landing/future-day.ts'
import { openLandingView } from '../../landing/open-landing-view.ts'
import { countText } from '../../platform/count-text.ts'
import { MissingInputError, RefusedError, UsageError } from '../../platform/errors.ts'
import { stopOnSignals } from '../../platform/signals.ts'
import { textTable } from '../../platform/text-table.ts'
import type { TriedTable } from '../../run/trial.ts'
import { type TriedBatch, tryBatch } from '../../run/try-batch.ts'
import { loadSource } from '../../source/load-source.ts'
import { readSettings, type Settings } from '../../source/settings.ts'
import { commandLog } from './command-log.ts'
import { badRowLimit, wholeNumber } from './flag-values.ts'
import { type CommonFlags, withCommonFlags, withSourceArgument } from './flags-common.ts'
import { printJson } from './print-json.ts'

interface TryFlags extends CommonFlags {
  readonly json?: boolean
  readonly rows: number
  readonly showValues?: boolean
  readonly maxBadRows?: string
  readonly allowFuture?: boolean
}

/** `caseload try <source> [date]` */
export function tryCommand(): Command {
  return withSourceArgument(withCommonFlags(new Command('try')))
    .description(
      'Read the landing files of a day and check the rows of its SELECTs, without a database: what a run would load, and what ' +
        'it would not, by rule. The exit code is 0 if nothing would be refused, else that of the run. Quality checks, and what ' +
        'other days hold, are left out.',
    )
    .argument('[date]', 'day of the delivery, 20230501 or 2023-05-01 (default: the newest landed day)')
    .option('--show-values', 'also print example rows: the first that would be loaded, and the first that would not')
    .option('--rows <n>', 'how many example rows of each kind to print', wholeNumber(1, 1000), 5)
    .option(
      '--max-bad-rows <limit>',
      'the limit of rows that break their contract, 100 or 2.5% (CASELOAD_MAX_BAD_ROWS; default: the limit of the source, ' +
        'else 5% and 10 rows)',
      badRowLimit,
    )
    .option('--allow-future', 'accept a day that is past tomorrow in every time zone')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  caseload try icu\n  caseload try icu 2023-05-01 --show-values --rows 3')
    .action(tryDay)
}

async function tryDay(sourceName: string, dateText: string | undefined, flags: TryFlags): Promise<void> {
  const settings = readSettings(flags, process.env, process.cwd())
  const source = await loadSource(parseSource(sourceName), settings.sourceFolders)
  if (flags.showValues === true && readMask(process.env) !== undefined) {
    throw new UsageError('Rows are masked here, and --show-values would print them as they were delivered.')
  }
  const date = dateText === undefined ? await newestDay(source.name, settings) : parseDate(dateText)
  const batch = { source: source.name, date }
  requirePossibleDay(batch, flags.allowFuture, new Date())
  const log = commandLog(flags)
  const limit = settings.maxBadRows ?? source.transformer.maxBadRows
  const stop = stopOnSignals()
  const tried = await tryBatch({
    ...settings,
    // No server and no encoder wait for a core.
    threads: availableParallelism(),
    batch,
    source,
    badRows: limit === undefined ? defaultBadRowLimit : parseBadRowLimit(limit),
    exampleRows: flags.showValues === true ? flags.rows : 0,
    signal: stop.signal,
    onProgress: (stage, detail) => {
      log.info(stage, detail)
    },
  }).finally(() => {
    stop.release()
  })
  for (const warning of tried.warnings) log.warn('read', warning)
  if (flags.json === true) printJson({ ...tried, files: tried.files.map(fileJson) })
  else process.stdout.write(triedText(tried))
  if (tried.refusal !== null) throw new RefusedError(`A run would refuse ${batch.source} ${date}. ${tried.refusal}`)
}

/** The members of a file that the ledger keeps. */
const fileJson = ({ input, name, bytes, sha256, records, quarantined }: TriedBatch['files'][number]): object => ({
  input,
  name,
  bytes,
  sha256,
  records,
  quarantined,
})

/** @throws MissingInputError if the source has no landing folder of a day up to tomorrow */
async function newestDay(source: string, settings: Settings): Promise<string> {
  const view = await openLandingView({ ...settings, env: process.env })
  try {
    const now = new Date()
    const day = (await view.days(source)).filter(date => !isFuture(date, now)).at(-1)
    if (day !== undefined) return day
    throw new MissingInputError(
      `Expected a landing folder of ${source}, such as ${source}/20230501 below ${settings.landing}, found none.`,
    )
  } finally {
    view.close()
  }
}

/** What the command prints for people. */
export function triedText({ batch, files, tables, rejected, refusal }: TriedBatch): string {
  const records = files.reduce((sum, file) => sum + file.records, 0)
  const outcome = refusal === null ? 'would be published' : 'would be refused'
  const inputs = [...new Set(files.map(file => file.input))].map(input => {
    const own = files.filter(file => file.input === input)
    const sum = (count: (file: (typeof own)[number]) => number): number =>
      own.reduce((all, file) => all + count(file), 0)
    return [input, own.length, sum(file => file.records), sum(file => file.quarantined)]
  })
  const counts = (of: TriedTable['broken']): number => of.reduce((sum, { rows }) => sum + rows, 0)
  const found = tables.flatMap(one =>
    (['broken', 'dropped', 'warned', 'removed'] as const).flatMap(kind =>
      one[kind].map(count => ({ table: one.table, outcome: words[kind], ...count })),
    ),
  )
  const rules = [
    ...rejected.map(({ input, rule, rows }) => [input, 'quarantined', null, rule, rows]),
    // A table may be the cause of what another one lacks: consequences stand behind the causes of all tables.
    ...[...found.filter(one => !isConsequence(one)), ...found.filter(isConsequence)].map(
      ({ table, outcome, column, rule, rows }) => [table, outcome, column, rule, rows],
    ),
  ]
  return [
    `${batch.source} ${batch.date}: ${countText(records, 'record')} of ${countText(files.length, 'file')} ${outcome}.\n\n`,
    textTable(['input', 'files', 'records', 'not of the declared form'], inputs),
    '\n',
    textTable(
      ['table', 'rows', 'loaded', 'quarantined', 'removed', 'values dropped'],
      tables.map(({ table, candidates, loaded, broken, removed, dropped }) => [
        table,
        candidates,
        loaded,
        counts(broken),
        counts(removed),
        counts(dropped),
      ]),
    ),
    ...(rules.length === 0 ? [] : ['\n', textTable(['table', 'outcome', 'column', 'rule', 'rows'], rules)]),
    ...tables.flatMap(exampleText),
  ].join('')
}

const words = { broken: 'quarantined', dropped: 'value dropped', warned: 'loaded, warns', removed: 'removed' } as const

/** The rows that would be loaded, then those that would not, each with the rule that it breaks. */
function exampleText({ table, examples }: TriedTable): readonly string[] {
  const loaded = examples.filter(({ rule }) => rule === null)
  const broken = examples.filter(({ rule }) => rule !== null)
  const columnsIn = (some: TriedTable['examples']): readonly string[] => Object.keys(some[0]?.row ?? {})
  const cells = (some: TriedTable['examples']): readonly (readonly unknown[])[] =>
    some.map(({ row }) => columnsIn(some).map(column => row[column]))
  return [
    ...(loaded.length === 0 ? [] : [`\n${table}, loaded:\n`, textTable(columnsIn(loaded), cells(loaded))]),
    ...(broken.length === 0
      ? []
      : [
          `\n${table}, quarantined:\n`,
          textTable(
            ['rule', ...columnsIn(broken)],
            broken.map(({ rule }, at) => [rule, ...(cells(broken)[at] ?? [])]),
          ),
        ]),
  ]
}
