import { type Batch, batchFolder } from '../source/batch.ts'
import { MissingInputError, UsageError } from '../platform/errors.ts'
import { csv, type Input, json } from '../source/inputs.ts'
import { claimFiles } from '../landing/delivery/claim-files.ts'
import type { LandingEntry, LandingListing } from '../landing/delivery/landing-entry.ts'
import { formatOf } from './sample.ts'
import { datedPatternOf, patternOf } from './sample-name.ts'

/** A sample by the names that a landing folder knows of it. */
export interface NamedFile {
  /** Its input. */
  readonly name: string
  /** Its name in the landing folder. */
  readonly file: string
}

/**
 * Gives each sample the pattern of its input, such that each takes its own sample and no other: the rules of the landing
 * decide, on a listing of these names. `*` stands for dates and numbers; where two inputs would then take one file, `{date}`
 * stands for the day of the batch.
 *
 * @param batch the day under which the samples land
 * @returns the patterns in the order of the samples
 * @throws UsageError if a landing would not take a name, or two inputs take one file all the same
 */
export function landedPatterns(samples: readonly NamedFile[], batch: Batch): readonly string[] {
  const wide = samples.map(({ file }) => patternOf(file))
  if (findClash(batch, samples, wide) === undefined) return wide
  const dated = samples.map(({ file }) => datedPatternOf(file, batch.date))
  const clash = findClash(batch, samples, dated)
  if (clash === undefined) return dated
  throw new UsageError(
    `Expected each sample in one input, but the files of ${clash.file}, ${clash.pattern}, would be those of ${clash.other} too. ` +
      `Give one of them a name that begins otherwise${clash.pattern.includes('*') ? ', or as --date the day that stands in their names as yyyymmdd' : ''}.`,
  )
}

/** A file whose pattern takes another one. */
interface Clash {
  readonly file: string
  readonly pattern: string
  readonly other: string
}

function findClash(batch: Batch, samples: readonly NamedFile[], patterns: readonly string[]): Clash | undefined {
  const listing = listingOf(
    batch,
    samples.map(({ file }) => file),
  )
  for (const [index, { name, file }] of samples.entries()) {
    const pattern = patterns[index] ?? file
    const claimed = claimedBy(listing, batch, name, file, pattern)
    const other = claimed.find(one => one !== file)
    if (other !== undefined) return { file, pattern, other }
  }
  return undefined
}

/** The landing folder in which files of these names are delivered. */
function listingOf(batch: Batch, names: readonly string[]): LandingListing {
  const entries = [...new Set(names)].sort().map((name): LandingEntry => ({
    name,
    kind: 'file',
    isLink: false,
    bytes: 0,
    modified: 0,
    touched: 0,
    identity: name,
    path: undefined,
  }))
  return { place: batchFolder(batch), touched: undefined, placed: 0, entries }
}

function claimedBy(
  listing: LandingListing,
  batch: Batch,
  name: string,
  file: string,
  pattern: string,
): readonly string[] {
  const input: Input =
    formatOf(file) === 'json' ? json({ files: [pattern], record: {} }) : csv({ files: [pattern], columns: ['any'] })
  try {
    const { files } = claimFiles(listing, batch, { inputs: { [name]: input }, ignored: [], ready: {} })
    const claimed = files.map(one => one.entry.name)
    if (claimed.includes(file)) return claimed
  } catch (error) {
    if (!(error instanceof MissingInputError)) throw error
  }
  throw new UsageError(
    `Expected a name that a landing takes, found ${file}: .parquet and .gz at the end of a name must be lower-case. Rename the ` +
      'sample, and have the feed name its files so.',
  )
}
