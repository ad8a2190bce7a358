import { tableStyle } from './for-people.ts'
import { existsSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { Command } from 'commander'
import { parseDate, parseSource } from '../../source/batch.ts'
import { dayIn } from '../../source/relative-day.ts'
import { isFuture } from '../../landing/future-day.ts'
import { countText } from '../../platform/count-text.ts'
import { UsageError } from '../../platform/errors.ts'
import { dayOfName } from '../../scaffold/day-of-name.ts'
import { type NewSource, newSource, type NewSourceParts } from '../../scaffold/new-source.ts'
import { findClone, findProject } from '../../platform/find-project.ts'
import { readSettings } from '../../source/settings.ts'
import { listTransformers } from '../../source/load-source.ts'
import { textTable } from '../../platform/text-table.ts'
import { printJson } from './print-json.ts'

interface NewSourceFlags {
  readonly from: readonly string[]
  readonly date?: string
  readonly force?: boolean
  readonly table?: readonly string[]
  readonly ts?: boolean
  readonly json?: boolean
}

/** `caseload new source <name> --from sample.csv` */
export function newCommand(): Command {
  return new Command('new')
    .description('Create something from a sample.')
    .addHelpText('after', '\nExample:\n  caseload new source ward_vitals --from vitals.csv')
    .addCommand(sourceCommand())
}

function sourceCommand(): Command {
  return new Command('source')
    .summary('create a source from a sample of its files')
    .description(
      'Create a source from a sample of its files: the class, the SELECTs, the sample as a batch, and a test. Works in a clone ' +
        'of Caseload and in a project folder that caseload init created.',
    )
    .argument('<name>', 'name of the source: lower-case words such as ward_vitals')
    .requiredOption(
      '--from <samples...>',
      'a file of the feed, or one file of each kind: .json, .ndjson, .csv (also .gz) or .parquet',
    )
    .option('--table <names...>', 'tables that the source fills, such as visits (default: guessed from its columns)')
    .option(
      '--date <date>',
      "day of the batch in which the sample lands (default: the day in a sample's name, else today)",
    )
    .option('--force', 'replace the class, the SELECTs, the test and the samples of an existing source')
    .option('--ts', 'write TypeScript (default in a clone and next to a tsconfig.json)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Columns are guessed from their names and checked with the values; the header of each SELECT lists what is left to map.
Names of fields and columns are printed, values never; a sample whose names look like values is refused.

Examples:
  caseload new source ward_vitals --from ~/feed/vitals_20230501.csv
  caseload new source clinic --from patients.csv encounters.csv conditions.csv
  caseload new source lab --from results.ndjson.gz --table measurements visits --date 2024-02-29`,
    )
    .action(async (name: string, flags: NewSourceFlags) => {
      const parts = partsOf(name, flags)
      const made = await newSource(parts)
      if (flags.json === true) printJson(made)
      else process.stdout.write(summary(parts, made))
    })
}

function partsOf(name: string, flags: NewSourceFlags): NewSourceParts {
  const cwd = process.cwd()
  const source = parseSource(name)
  if (source.includes('__')) {
    throw new UsageError(`Expected a name without a site: ${source.split('__')[0] ?? ''} serves all its sites.`)
  }
  const clone = findClone(process.env, cwd)
  const root = clone ?? findProject(process.env, cwd)?.root
  if (root === undefined) {
    throw new UsageError(
      'Expected a folder whose package.json depends on caseload, or a clone of Caseload, found neither from here upwards. ' +
        'caseload init <folder> creates one.',
    )
  }
  const { sourceFolders, workRoot } = readSettings({}, process.env, cwd)
  // The compiled sources of a clone may lack newer ones.
  const folders = clone === undefined ? sourceFolders : [join(clone, 'sources')]
  const isOwn = existsSync(join(root, 'sources', source))
  if (listTransformers(folders).includes(source) && !(isOwn && flags.force === true)) {
    throw new UsageError(
      `Expected a new name, found the existing source ${source}. Choose another name, or use a site of it: ${source}__north.` +
        (isOwn ? ' --force replaces it.' : ''),
    )
  }
  const takesTs = clone !== undefined || flags.ts === true || existsSync(join(root, 'tsconfig.json'))
  return {
    name: source,
    from: flags.from,
    date: flags.date === undefined ? dayOfSamples(flags.from, new Date()) : parseDate(flags.date),
    tables: flags.table ?? [],
    root,
    kind: clone === undefined ? 'project' : 'clone',
    language: takesTs ? 'ts' : 'js',
    workRoot,
    ...(flags.force === true ? { force: true } : {}),
  }
}

/** The newest day in the names of the samples that can be delivered; else today in the zone of a new source. */
function dayOfSamples(from: readonly string[], now: Date): string {
  const days = from.flatMap(path => dayOfName(basename(path)) ?? []).filter(date => !isFuture(date, now))
  return days.sort().at(-1) ?? dayIn('UTC', 'today', now)
}

function summary({ name, date, root, kind }: NewSourceParts, made: NewSource): string {
  const rows = made.tried.map(({ table, rows: count, inOrder, removed, removedBy, broken, dropped }) => {
    const bad = broken.reduce((sum, one) => sum + one.rows, 0)
    const why = [
      ...broken.slice(0, 3).map(one => `${one.rows} ${one.rule}`),
      ...removedBy.slice(0, 3).map(one => `${one.rows} removed by ${one.rule}`),
      ...dropped.slice(0, 3).map(one => `${countText(one.rows, 'value')} dropped by ${one.rule}`),
    ]
    return [table, count, inOrder, bad, removed, why.join(', ')]
  })
  const list = (title: string, names: readonly string[]): readonly string[] =>
    names.length === 0 ? [] : [`${title}:\n${names.map(one => `  ${one}\n`).join('')}`]
  const where = relative(process.cwd(), root)
  const sql = join(where, 'sources', name)
  const next =
    kind === 'clone'
      ? ['npm run build', `npx caseload run ${name} ${date}`, `npm test -- test/sources/${name}.test.ts`]
      : [`npx caseload run ${name} ${date}`, 'npm test']
  return [
    ...list(
      'Removed, since the new source does not have them',
      made.removed.map(file => join(where, file)),
    ),
    `Made:\n${made.files.map(file => `  ${join(where, file)}\n`).join('')}\n`,
    'The SELECTs on the sample:\n',
    textTable(['table', 'rows', 'valid', 'invalid', 'removed', 'rules'], rows, tableStyle()),
    ...(made.rejected > 0
      ? [
          `${countText(made.rejected, 'record')} cannot be read like the others: a run puts ${made.rejected === 1 ? 'it' : 'them'} in quarantine.\n`,
        ]
      : []),
    '\n',
    ...list('To do: required columns that nothing fills yet', made.missing),
    ...list('To do: columns that match by name, but not by their values', made.misfits),
    ...list('To do: dates whose day and month the sample does not tell apart', made.ambiguous),
    ...list('Numbers with a comma, to check', made.commas),
    ...(made.unmapped.length > 0 ? [`Not mapped yet: ${someOf(made.unmapped)}.\n`] : []),
    ...made.untimed.map(line => `${line}\n`),
    ...(made.unread.length > 0 ? [`Ignored fields: ${someOf(made.unread)}.\n`] : []),
    `Edit the SELECTs in ${sql}${sql.endsWith('/') ? '' : '/'}*.sql to map the rest.\n`,
    `Times without an offset are read as UTC: set the time zone of the feed in the class (zone, or zones by site).\n\n`,
    `Next:\n${next.map(line => `  ${line}\n`).join('')}`,
  ].join('')
}

/** A register has thousands of columns; the SELECTs list all of them. */
const mostNames = 30

function someOf(names: readonly string[]): string {
  const more = names.length - mostNames
  return more <= 0 ? names.join(', ') : `${names.slice(0, mostNames).join(', ')} and ${countText(more, 'more', 'more')}`
}
