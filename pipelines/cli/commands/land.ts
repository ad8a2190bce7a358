import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { Command } from 'commander'
import { CaseloadError, MissingInputError, RefusedError, UsageError } from '../../platform/errors.ts'
import { requirePossibleDay } from '../../landing/future-day.ts'
import { copyFiles, type CopiedFile, type FileToLand, undeclaredFiles } from '../../landing/write/copy-files.ts'
import { dayPattern } from '../../landing/write/day-pattern.ts'
import { folderWriter } from '../../landing/write/folder-writer.ts'
import { landingInput } from '../../landing/write/landing-input.ts'
import { type Landed, landRecords } from '../../landing/write/land.ts'
import { quoteNames } from '../../platform/file-name.ts'
import { isS3 } from '../../platform/s3-location.ts'
import { countText } from '../../platform/count-text.ts'
import { readSettings } from '../../source/settings.ts'
import { type Batch, parseSource } from '../../source/batch.ts'
import { loadSource, type Source } from '../../source/load-source.ts'
import { batchArgument } from './batch-argument.ts'
import { type CommonFlags, dayWords, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'

interface LandFlags extends CommonFlags {
  readonly json?: boolean
  readonly allowFuture?: boolean
  readonly dayFrom?: string
}

/** `caseload land <source> [date] [files...]` */
export function landCommand(): Command {
  return withCommonFlags(new Command('land'))
    .description(
      'Copy files into the landing folder of a batch, or check JSON records and land them as a new file of it. Then load ' +
        'the batch with caseload run.',
    )
    .argument('<source>', 'a source, or one of its sites')
    .argument('[date]', `day of the delivery: ${dayWords}; not with --day-from`)
    .argument('[files...]', 'files that the source declares; or one file of JSON records, - for standard input')
    .option('--day-from <pattern>', "read the day of each file from its name, such as 'export_{ddMMyyyy}.csv'")
    .option('--allow-future', 'accept a day that is past tomorrow in every time zone')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Files keep their names. A landed file is never overwritten: the same content again changes nothing, and another
content is refused (exit 3) with the SHA-256 of both. Each file is copied under a hidden name and renamed; in an object
store it appears at once.

A file that the source does not declare holds JSON records, for a source with one CSV input such as intake. Each record has every column that the source declares, as text, and no other. If one record is bad, all
are refused (exit 3) and nothing lands.

Examples:
  caseload land source_a 2023-05-01 /mnt/feed/*.json
  caseload land source_a --day-from '*_{yyyyMMdd}.json' /mnt/feed/*.json
  caseload land source_a 2023-05-01 /mnt/feed/*.json --landing s3://bucket/landing
  caseload land intake 2023-05-01 records.json
  caseload land intake 2023-05-01 --landing s3://bucket/landing < records.json`,
    )
    .action(async (source: string, date: string | undefined, files: readonly string[], flags: LandFlags) => {
      const { landing, sourceFolders } = readSettings(flags, process.env, process.cwd())
      const now = new Date()
      if (flags.dayFrom !== undefined) {
        // Without a date its argument has the first file.
        const paths = date === undefined ? files : [date, ...files]
        const loaded = await loadSource(parseSource(source), sourceFolders)
        const toLand = filesByName(loaded, paths, flags.dayFrom)
        for (const { batch } of toLand) requirePossibleDay(batch, flags.allowFuture, now)
        printCopied(await landFiles(landing, toLand), flags)
        return
      }
      if (date === undefined) throw new UsageError('Expected the day of the delivery, or --day-from, found neither.')
      const batch = await batchArgument(source, date)
      requirePossibleDay(batch, flags.allowFuture, now)
      const loaded = await loadSource(batch.source, sourceFolders)
      const [first = '-', ...others] = files
      const strange = first === '-' ? [first, ...others] : undeclaredFiles(files, batch, loaded.transformer)
      const toLand = files.map(path => ({ batch, path }))
      if (strange.length === 0) printCopied(await landFiles(landing, toLand), flags)
      else if (others.length === 0) printLanded(await landOne(landing, batch, loaded, first), flags)
      else throw undeclared(batch.source, strange)
    })
}

/** @throws UsageError for a file whose name has no day, or that the source does not declare */
function filesByName({ name, transformer }: Source, paths: readonly string[], pattern: string): readonly FileToLand[] {
  const dayOf = dayPattern(pattern)
  if (paths.length === 0) throw new UsageError('Expected the files to land, found none.')
  const toLand = paths.map(path => ({ batch: { source: name, date: dayOf(basename(path)) }, path }))
  const strange = toLand.flatMap(({ batch, path }) => undeclaredFiles([path], batch, transformer))
  if (strange.length > 0) throw undeclared(name, strange)
  return toLand
}

const undeclared = (source: string, names: readonly string[]): UsageError =>
  new UsageError(`Expected files that ${source} declares, found ${quoteNames(names)}. Nothing was landed.`)

function printLanded(landed: Landed, { json }: LandFlags): void {
  if (json === true) printJson(landed)
  else process.stdout.write(`Landed ${countText(landed.records, 'record')} in ${landed.file}\n`)
}

function printCopied(files: readonly CopiedFile[], { json }: LandFlags): void {
  if (json === true) printJson(files)
  else {
    for (const { file, sha256, copied } of files) {
      process.stdout.write(`${copied ? 'Landed' : 'Unchanged'} ${file} (SHA-256 ${sha256})\n`)
    }
  }
}

async function landFiles(landing: string, files: readonly FileToLand[]): Promise<readonly CopiedFile[]> {
  if (!isS3(landing)) return copyFiles(landing, files)
  // The SDK of object stores is only loaded if needed.
  return (await import('../../landing/s3/copy-objects.ts')).copyObjects(landing, files, process.env)
}

async function landOne(landing: string, batch: Batch, source: Source, records: string): Promise<Landed> {
  const target = landingInput(source)
  // The SDK of object stores is only loaded if needed.
  const create = isS3(landing)
    ? (await import('../../landing/s3/object-writer.ts')).objectWriter(landing, batch, process.env)
    : folderWriter(landing, batch)
  return landRecords(await readText(records), batch, target, create, new Date())
}

/** Parsing JSON takes about ten times its size. */
const maxBytes = 64 * 1024 * 1024

async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path === '-' ? process.stdin : createReadStream(path)).catch((error: unknown) => {
    if (error instanceof CaseloadError) throw error
    throw new MissingInputError(
      `Expected records in ${path === '-' ? 'standard input' : path}, which cannot be read ` +
        `(${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      { cause: error },
    )
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new RefusedError('Expected records in UTF-8, found other bytes. Nothing was landed.')
  }
}

async function readBytes(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size > maxBytes) {
      throw new RefusedError('Expected at most 64 MiB of records at once, found more. Land them in several files.')
    }
  }
  return Buffer.concat(chunks)
}
