import { join } from 'node:path'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { parseDate, parseSource } from '../../pipelines/source/batch.ts'
import { countText, numberText } from '../../pipelines/platform/count-text.ts'
import { CaseloadError } from '../../pipelines/platform/errors.ts'
import { exitCodes } from '../../pipelines/platform/exit-codes.ts'
import { dayOf } from './days.ts'
import { generate, type GenerateOptions, type WrittenBatch } from './generate.ts'
import { progressLine } from './progress.ts'
import { generatedSource } from './sources.ts'

const examples = `
Examples:
  npm run generate -- --source icu --date 2023-05-01 --patients 2000
  npm run generate -- --source source_a --date 20230501 --days 30 --broken 0.01 --gzip
  npm run -s generate -- --source icu__north --date 2023-05-01 --broken 0.1 --json > expected.json

All data is synthetic. The same options give the same bytes.`

interface Flags {
  readonly source: string
  readonly date: string
  readonly patients: number
  readonly days: number
  readonly seed: number
  readonly broken: number
  readonly gzip: boolean
  readonly landing: string
  readonly json: boolean
}

const command = new Command('generate')
  .description('write synthetic landing files of any size, with broken records on request')
  .requiredOption('--source <source>', 'source or site')
  .requiredOption('--date <date>', 'first day, 20230501 or 2023-05-01')
  .option('--patients <n>', 'patients of a day, or beds of an intensive care unit', whole(1, 10_000_000), 100)
  .option('--days <n>', 'number of days', whole(1, 10_000), 1)
  .option('--seed <n>', 'seed of the random data', whole(0, 2 ** 32 - 1), 1)
  .option('--broken <share>', 'share of the records to break, 0 to 1', share, 0)
  .option('--gzip', 'compress the files', false)
  .option('--landing <dir>', 'landing root to write to', 'generated')
  .option('--json', 'print JSON: the files, and the records that must be in quarantine after a run', false)
  .addHelpText('after', examples)
  .exitOverride()

/** Reads the arguments, writes the files and prints what was written. */
async function main(): Promise<void> {
  const flags = command.parse().opts<Flags>()
  const source = parseSource(flags.source)
  const options: GenerateOptions = { ...flags, source, firstDay: dayOf(parseDate(flags.date)) }
  const progress = progressLine(process.stderr)
  const batches = await generate(generatedSource(source), options, progress.show)
  progress.clear()
  const { seed, landing } = options
  process.stdout.write(flags.json ? `${JSON.stringify({ seed, landing, batches })}\n` : words(options, batches))
}

/** The output without --json: files, sizes, and the command that loads the first batch. */
function words({ landing, source }: GenerateOptions, batches: readonly WrittenBatch[]): string {
  const lines = batches.flatMap(batch => [
    ...batch.files.map(({ name, records, bytes, faults }) => {
      const broken = Object.values(faults).reduce((sum, count) => sum + count, 0)
      return `${join(landing, name)}: ${countText(records, 'record')}, ${countText(bytes, 'byte')}, ${numberText(broken)} broken`
    }),
    ...Object.entries(batch.quarantined).flatMap(([table, rules]) =>
      Object.entries(rules).map(([rule, rows]) => `  to quarantine: ${countText(rows, 'row')} of ${table}, ${rule}`),
    ),
  ])
  const date = batches[0]?.date ?? ''
  return [...lines, `Load it with: npx caseload run ${source} ${date} --landing ${landing}`, ''].join('\n')
}

function whole(low: number, high: number): (text: string) => number {
  return text => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= low && number <= high) return number
    throw new InvalidArgumentError(`Expected a whole number from ${numberText(low)} to ${numberText(high)}.`)
  }
}

function share(text: string): number {
  const number = Number(text)
  if (/^\d*\.?\d+$/.test(text) && number <= 1) return number
  throw new InvalidArgumentError('Expected a share from 0 to 1, such as 0.01.')
}

/** Such as a full disk, or a folder without write permission. */
const isSystemError = (error: unknown): error is Error => error instanceof Error && 'syscall' in error

try {
  await main()
} catch (error) {
  if (error instanceof CommanderError) {
    // commander has printed the message.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  } else if (error instanceof CaseloadError || isSystemError(error)) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = error instanceof CaseloadError ? error.exitCode : exitCodes.failed
  } else {
    throw error
  }
}
