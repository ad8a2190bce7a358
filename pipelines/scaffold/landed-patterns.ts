import { type Batch, batchFolder } from '../source/batch.ts'
import { MissingInputError, UsageError } from '../platform/errors.ts'
import { csv, type Input, json } from '../source/inputs.ts'
import { claimFiles } from '../landing/delivery/claim-files.ts'
import type { LandingEntry, LandingListing } from '../landing/delivery/landing-entry.ts'
import { datedPatternOf, formatOf, patternOf } from './sample-file.ts'

/** A sample's names in a landing folder. */
export interface NamedFile {
  /** The name of its input. */
  readonly name: string
  /** Its file name. */
  readonly file: string
}

/**
 * Finds a pattern for the input of each sample that matches this sample and no other. It runs the rules of the landing
 * on a listing of these names. `*` matches dates and numbers; if two patterns then match one file, `{date}`
 * matches the day of the batch instead.
 *
 * @param batch the day under which the samples land
 * @returns the patterns in the order of the samples
 * @throws UsageError if the landing does not accept a name, or two patterns match one file even with `{date}`
 */
export function landedPatterns(samples: readonly NamedFile[], batch: Batch): readonly string[] {
  const wide = samples.map(({ file }) => patternOf(file))
  if (findClash(batch, samples, wide) === undefined) return wide
  const dated = samples.map(({ file }) => datedPatternOf(file, batch.date))
  const clash = findClash(batch, samples, dated)
  if (clash === undefined) return dated
  throw new UsageError(
    `Expected a pattern for each sample that matches no other, but ${clash.pattern}, for ${clash.file}, also matches ` +
      `${clash.other}. Rename one of them so that the names begin differently` +
      `${clash.pattern.includes('*') ? ', or pass the day in their names (yyyymmdd) as --date' : ''}.`,
  )
}

/** A file whose pattern also matches another file. */
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
    `Expected a file name that the landing accepts, found ${file}: .parquet and .gz at its end must be lower-case. Rename the ` +
      'sample, and make the feed use such names.',
  )
}
