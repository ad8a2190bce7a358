import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Command, Option } from 'commander'
import { parseDate, parseSource } from '../../source/batch.ts'
import { dayIn } from '../../source/relative-day.ts'
import { isFuture } from '../../landing/future-day.ts'
import { UsageError } from '../../platform/errors.ts'
import { dayOfName } from '../../scaffold/day-of-name.ts'
import { newSource, type NewSourceParts } from '../../scaffold/new-source.ts'
import { updateSource, type UpdateSourceParts } from '../../scaffold/update-source.ts'
import { findClone, findProject } from '../../platform/find-project.ts'
import { readSettings } from '../../source/settings.ts'
import { listTransformers, loadDeclared } from '../../source/load-source.ts'
import { folderOfClass } from './folder-of-class.ts'
import { summary, updateText } from './new-text.ts'
import { printJson } from './print-json.ts'

interface NewSourceFlags {
  readonly from?: readonly string[]
  readonly update?: readonly string[]
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
    .option(
      '--from <samples...>',
      'a file of the feed, or one file of each kind: .json, .ndjson, .csv (also .gz) or .parquet',
    )
    .addOption(
      new Option(
        '--update <samples...>',
        'compare an existing source with new samples: print the lines to paste, write SELECTs of tables that it does not fill, ' +
          'and change no file that exists',
      ).conflicts(['from', 'force', 'ts']),
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
  caseload new source lab --from results.ndjson.gz --table measurements visits --date 2024-02-29
  caseload new source clinic --update patients.csv medications.csv`,
    )
    .action(async (name: string, flags: NewSourceFlags) => {
      if (flags.update !== undefined) {
        const updated = await updateSource(await updateParts(name, flags.update, flags))
        if (flags.json === true) printJson(updated)
        else process.stdout.write(updateText(updated))
        return
      }
      const parts = partsOf(name, flags)
      const made = await newSource(parts)
      if (flags.json === true) printJson(made)
      else process.stdout.write(summary(parts, made))
    })
}

/** A source of a class, and the clone or project that it belongs to. */
interface Place {
  readonly source: string
  readonly clone: string | undefined
  readonly root: string
}

function placeOf(name: string): Place {
  const cwd = process.cwd()
  const source = parseSource(name)
  if (source.includes('__')) {
    throw new UsageError(`Expected a name without a site: ${source.split('__')[0] ?? ''} serves all its sites.`)
  }
  const clone = findClone(process.env, cwd)
  const root = clone ?? findProject(process.env, cwd)?.root
  if (root !== undefined) return { source, clone, root }
  throw new UsageError(
    'Expected a folder whose package.json depends on caseload, or a clone of Caseload, found neither from here upwards. ' +
      'caseload init <folder> creates one.',
  )
}

async function updateParts(
  name: string,
  from: readonly string[],
  { date, table = [] }: NewSourceFlags,
): Promise<UpdateSourceParts> {
  const { source: sourceName, root } = placeOf(name)
  const { sourceFolders, workRoot } = readSettings({}, process.env, process.cwd())
  // A class without a zone yet can be compared.
  const source = await loadDeclared(sourceName, sourceFolders)
  const folder = folderOfClass(sourceName, source.folder)
  if (folder !== join(root, 'sources', sourceName)) {
    throw new UsageError(`Expected a source of ${root}, found ${sourceName} in ${folder}.`)
  }
  const day = date === undefined ? dayOfSamples(from, new Date()) : parseDate(date)
  return { source, folder, from, date: day, tables: table, root, workRoot }
}

function partsOf(name: string, flags: NewSourceFlags): NewSourceParts {
  const cwd = process.cwd()
  const { source, clone, root } = placeOf(name)
  const { from } = flags
  if (from === undefined) {
    throw new UsageError('Expected --from with a sample of the feed, or --update with one of an existing source.')
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
    from,
    date: flags.date === undefined ? dayOfSamples(from, new Date()) : parseDate(flags.date),
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
