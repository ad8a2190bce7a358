import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { Command } from 'commander'
import { CaseloadError, MissingInputError, RefusedError, UsageError } from '../../platform/errors.ts'
import { requirePossibleDay } from '../../landing/future-day.ts'
import { copyFiles, type CopiedFile, undeclaredFiles } from '../../landing/write/copy-files.ts'
import { folderWriter } from '../../landing/write/folder-writer.ts'
import { landingInput } from '../../landing/write/landing-input.ts'
import { type Landed, landRecords } from '../../landing/write/land.ts'
import { quoteNames } from '../../platform/file-name.ts'
import { isS3 } from '../../platform/s3-location.ts'
import { countText } from '../../platform/count-text.ts'
import { readSettings } from '../../source/settings.ts'
import type { Batch } from '../../source/batch.ts'
import { loadSource, type Source } from '../../source/load-source.ts'
import { batchArgument } from './batch-argument.ts'
import { type CommonFlags, dayWords, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'

interface LandFlags extends CommonFlags {
  readonly json?: boolean
  readonly allowFuture?: boolean
}

/** `caseload land <source> <date> [files...]` */
export function landCommand(): Command {
  return withCommonFlags(new Command('land'))
    .description(
      'Copy files into the landing folder of a batch, or check JSON records and land them as a new file of it. Then load ' +
        'the batch with caseload run.',
    )
    .argument('<source>', 'a source, or one of its sites')
    .argument('<date>', `day of the delivery: ${dayWords}`)
    .argument('[files...]', 'files that the source declares; or one file of JSON records, - for standard input', ['-'])
    .option('--allow-future', 'accept a day that is past tomorrow in every time zone')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Files keep their names. A landed file is never overwritten: the same content again changes nothing, and another
content is refused (exit 3) with the SHA-256 of both. Each file is copied under a hidden name and renamed.

A file that the source does not declare holds JSON records, for a source with one CSV input such as intake. Each record has every column that the source declares, as text, and no other. If one record is bad, all
are refused (exit 3) and nothing lands.

Examples:
  caseload land source_a 2023-05-01 /mnt/feed/*.json
  caseload land intake 2023-05-01 records.json
  caseload land intake 2023-05-01 --landing s3://bucket/landing < records.json`,
    )
    .action(async (source: string, date: string, files: readonly string[], flags: LandFlags) => {
      const batch = await batchArgument(source, date)
      requirePossibleDay(batch, flags.allowFuture, new Date())
      const { landing, sourceFolders } = readSettings(flags, process.env, process.cwd())
      const loaded = await loadSource(batch.source, sourceFolders)
      const strange = files[0] === '-' ? files : undeclaredFiles(files, batch, loaded.transformer)
      if (strange.length === 0) printCopied(await landFiles(landing, batch, files), flags)
      else if (files.length === 1) printLanded(await landOne(landing, batch, loaded, files[0] ?? '-'), flags)
      else {
        throw new UsageError(
          `Expected files that ${batch.source} declares, found ${quoteNames(strange)}. Nothing was landed.`,
        )
      }
    })
}

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

async function landFiles(landing: string, batch: Batch, files: readonly string[]): Promise<readonly CopiedFile[]> {
  if (!isS3(landing)) return copyFiles(landing, batch, files)
  throw new UsageError(
    `Expected a landing root on a disk, found ${landing}. Copy files to an object store with its own tools, such as aws s3 cp.`,
  )
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
