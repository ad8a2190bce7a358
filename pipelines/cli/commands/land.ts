import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { Command } from 'commander'
import { CaseloadError, MissingInputError, RefusedError } from '../../platform/errors.ts'
import { requirePossibleDay } from '../../landing/future-day.ts'
import { folderWriter } from '../../landing/write/folder-writer.ts'
import { landingInput } from '../../landing/write/landing-input.ts'
import { landRecords } from '../../landing/write/land.ts'
import { isS3 } from '../../platform/s3-location.ts'
import { countText } from '../../platform/count-text.ts'
import { readSettings } from '../../source/settings.ts'
import { loadSource } from '../../source/load-source.ts'
import { batchArgument } from './batch-argument.ts'
import { type CommonFlags, dayWords, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'

interface LandFlags extends CommonFlags {
  readonly json?: boolean
  readonly allowFuture?: boolean
}

/** `caseload land <source> <date> [records.json]` */
export function landCommand(): Command {
  return withCommonFlags(new Command('land'))
    .description('Check JSON records and land them as a new file of a batch. Then load the batch with caseload run.')
    .argument('<source>', 'a source with one CSV input, such as intake, or one of its sites')
    .argument('<date>', `day of the delivery: ${dayWords}`)
    .argument('[records]', 'file with one object or an array of objects; - reads standard input', '-')
    .option('--allow-future', 'accept a day that is past tomorrow in every time zone')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Each record has every column that the source declares, as text, and no other. If one record is bad, all
are refused (exit 3) and nothing lands.

Examples:
  caseload land intake 2023-05-01 records.json
  caseload land intake 2023-05-01 --landing s3://bucket/landing < records.json`,
    )
    .action(async (source: string, date: string, records: string, flags: LandFlags) => {
      const landed = await landFromFlags(source, date, records, flags)
      if (flags.json === true) printJson(landed)
      else process.stdout.write(`Landed ${countText(landed.records, 'record')} in ${landed.file}\n`)
    })
}

async function landFromFlags(
  sourceName: string,
  dateText: string,
  records: string,
  flags: LandFlags,
): ReturnType<typeof landRecords> {
  const batch = await batchArgument(sourceName, dateText)
  requirePossibleDay(batch, flags.allowFuture, new Date())
  const { landing, sourceFolders } = readSettings(flags, process.env, process.cwd())
  const target = landingInput(await loadSource(batch.source, sourceFolders))
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
