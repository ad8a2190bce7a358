import { basename } from 'node:path'
import { namesOfInput } from '../landing/delivery/file-patterns.ts'
import { compareFields, declarable, type FieldState } from '../operate/fields/compare-fields.ts'
import { deliveredFields } from '../operate/fields/delivered-fields.ts'
import { RefusedError, UsageError } from '../platform/errors.ts'
import { quoteName } from '../platform/file-name.ts'
import { scanFile } from '../read/scan-file.ts'
import { withPaths } from '../source/field-paths.ts'
import type { Input } from '../source/inputs.ts'
import type { Transformer } from '../source/transformer.ts'
import { dayOfName } from './day-of-name.ts'
import type { FiledSample } from './guess-sample.ts'
import { landedPatterns } from './landed-patterns.ts'
import { readSample } from './sample.ts'
import { inputNameOf, sampleFile } from './sample-file.ts'

/** A sample of a source that exists. */
export interface UpdateSample extends FiledSample {
  /** The input that reads such files; undefined if the source has none. */
  readonly declared: Input | undefined
  /** True if the name of the input is that of the file, but no pattern of the input matches it. */
  readonly isUnmatched: boolean
  /** How the fields of the sample differ from the declared ones; none for a new input. */
  readonly fields: readonly FieldState[]
}

/**
 * Reads samples of a source that exists: those of its inputs as the class declares them, with the fields that are new, and the
 * others as those of a new source.
 *
 * @param date `yyyy-mm-dd`, the day of a sample without a day in its name
 * @throws UsageError if a sample cannot be read, or two belong to one input
 */
export async function readUpdateSamples(
  source: string,
  { inputs }: Pick<Transformer, 'inputs'>,
  from: readonly string[],
  date: string,
): Promise<readonly UpdateSample[]> {
  const named = from.map(path => {
    const file = basename(path)
    const batch = { source, date: dayOfName(file) ?? date }
    const matching = Object.entries(inputs).find(
      ([, input]) => namesOfInput('the samples', batch, [file], input).length > 0,
    )
    return { path, file, name: matching?.[0] ?? inputNameOf(file), isUnmatched: matching === undefined }
  })
  requireOneEach(named)
  const others = named.filter(({ name }) => inputs[name] === undefined)
  const patterns = landedPatterns(others, { source, date })
  const samples: UpdateSample[] = []
  for (const one of named) {
    const declared = inputs[one.name]
    if (declared === undefined) {
      const sample = await readSample(one.path, patterns[others.indexOf(one)] ?? one.file)
      samples.push({ ...sample, name: one.name, file: one.file, declared, isUnmatched: false, fields: [] })
    } else samples.push(await readDeclared(one, declared))
  }
  return samples
}

interface Named {
  readonly path: string
  readonly file: string
  readonly name: string
  readonly isUnmatched: boolean
}

function requireOneEach(named: readonly Named[]): void {
  for (const [index, { name, file }] of named.entries()) {
    const twin = named.slice(0, index).find(one => one.name === name)
    if (twin === undefined) continue
    throw new UsageError(
      `Expected one sample of each input, found ${quoteName(twin.file)} and ${quoteName(file)}, both of ${name}. Pass one of them.`,
    )
  }
}

async function readDeclared({ path, file, name, isUnmatched }: Named, declared: Input): Promise<UpdateSample> {
  const opened = sampleFile(path)
  try {
    const fields = compareFields(declared, await deliveredFields([opened], declared))
    const scanned = await scanFile(opened, declared)
    const input = asDelivered(declared, fields, file)
    return { scanned, input, unread: [], name, file, declared, isUnmatched, fields }
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    throw new UsageError(error.message, { cause: error })
  }
}

/** The input with the columns that the sample has, and with its new fields. */
function asDelivered(declared: Input, fields: readonly FieldState[], file: string): Input {
  const added = declarable(fields)
  if (declared.format === 'json') {
    return { ...declared, unknown: 'ignore', record: withPaths(declared.record, added) ?? declared.record }
  }
  const there = fields.flatMap(({ field, state }) => (state === 'declared' && field !== null ? [field] : []))
  const [first, ...rest] = there
  if (first === undefined) {
    throw new UsageError(
      `Expected columns of the input in ${quoteName(file)}, found none of ${declared.columns.join(', ')}. Is its first line the header?`,
    )
  }
  return { ...declared, unknown: 'ignore', columns: [first, ...rest, ...added], optional: [] }
}
