import { MissingInputError, RefusedError, UsageError } from '../../platform/errors.ts'
import { quoteName, quoteNames } from '../../platform/file-name.ts'
import { type Batch, batchFolder, compactDate } from '../../source/batch.ts'
import type { Input } from '../../source/inputs.ts'
import type { Transformer } from '../../source/transformer.ts'
import { type LandingEntry, type LandingListing, requirePlain, unreadFile } from './landing-entry.ts'

/** What a source declares about its files. */
export type Declared = Pick<Transformer, 'inputs' | 'ignored' | 'ready'>

/** A file of a delivery, and the input that claims it. */
export interface ClaimedFile {
  readonly input: string
  /** Path under the landing root with `/` between its parts, as the ledger keeps it. */
  readonly name: string
  readonly gzip: boolean
  readonly entry: LandingEntry
}

/** The files of a landing folder, sorted by what the source declares about them. */
export interface Landing extends Pick<LandingListing, 'place' | 'touched' | 'placed'> {
  readonly batch: Batch
  /** The files to read, by input in the order of declaration, and by name within each. */
  readonly files: readonly ClaimedFile[]
  /** Names that the source does not declare in any way. */
  readonly unclaimed: readonly string[]
  /** Every plain file: those above, the marker and the manifest, hidden and ignored ones. */
  readonly entries: readonly LandingEntry[]
}

/**
 * Finds the input of each file in a listing. The marker and the manifest belong to no input, whatever the patterns say. A
 * file that an input claims is read although a pattern of `ignored` matches it, too. A name that starts with a dot is
 * ignored, unless the pattern of an input starts with a dot too: `*.csv` does not take the `._vitals.csv` that a Mac
 * leaves, nor the `.vitals.csv.Xb2k1` that rsync is still writing.
 *
 * @throws MissingInputError if a required file is not there
 * @throws RefusedError for a file in two forms, and for an entry that is not a plain file and not ignored
 * @throws UsageError if two inputs claim one file, or a pattern could never match
 */
export function claimFiles(listing: LandingListing, batch: Batch, { inputs, ignored, ready }: Declared): Landing {
  const { place, touched, placed } = listing
  const signs = new Set(
    [ready.marker, ready.manifest].flatMap(name => (name === undefined ? [] : signName(name, batch))),
  )
  const data = listing.entries.map(entry => entry.name).filter(name => !signs.has(name))
  const claims = claimNames(place, batch, data, inputs, signs)
  const rest = data.filter(name => !claims.has(name))
  const isIgnored = matcher(ignored, batch)
  const passed = new Set(rest.filter(name => name.startsWith('.') || isIgnored(name)))
  const entries = listing.entries.flatMap(
    entry => (passed.has(entry.name) ? unreadFile(place, entry) : requirePlain(place, entry)) ?? [],
  )
  const byName = new Map(entries.map(entry => [entry.name, entry]))
  return {
    batch,
    place,
    touched,
    placed,
    files: [...claims].flatMap(([name, input]) => {
      const entry = byName.get(name)
      return entry === undefined ? [] : [{ input, name: batchFolder(batch) + name, gzip: name.endsWith('.gz'), entry }]
    }),
    unclaimed: rest.filter(name => !passed.has(name)),
    entries,
  }
}

/** The same inputs, none of them required: then a file that has gone is named by its name, not by its pattern. */
export function withoutRequired(declared: Declared): Declared {
  const inputs = Object.entries(declared.inputs).map(([name, input]) => [name, { ...input, presence: 'optional' }])
  return { ignored: declared.ignored, ready: declared.ready, inputs: Object.fromEntries(inputs) as Declared['inputs'] }
}

/** @throws RefusedError naming the files that the source does not declare */
export function requireDeclared({ batch, unclaimed }: Landing): void {
  if (unclaimed.length === 0) return
  throw new RefusedError(
    `Expected only files that ${batch.source} declares, found ${unclaimed.length} more in its landing folder: ` +
      `${quoteNames(unclaimed)}. Take them out, or let the source declare them as inputs or as ignored.`,
  )
}

/** The name of a marker or manifest for this batch: `{date}` stands for yyyymmdd. */
export function signName(name: string, batch: Batch): string {
  return name.replaceAll('{date}', compactDate(batch.date))
}

/** @returns the input that claims each name */
function claimNames(
  place: string,
  batch: Batch,
  names: readonly string[],
  inputs: Readonly<Record<string, Input>>,
  signs: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const claims = new Map<string, string>()
  for (const [input, { files, presence, format }] of Object.entries(inputs)) {
    const sign = files.find(pattern => signs.has(signName(pattern, batch)))
    if (sign !== undefined) {
      throw new UsageError(`The input ${input} of ${batch.source} names ${sign}, which is its marker or manifest.`)
    }
    const isClaimed = matcher(files, batch, packed)
    const twins = format === 'csv' ? files.flatMap(parquetTwin) : []
    const isTwin = matcher(twins, batch)
    const found = names.filter(name => isClaimed(name) || isTwin(name))
    refuseTwins(place, found, format)
    if (found.length === 0 && presence !== 'optional') {
      const [isLikeFile, isLikeTwin] = [matcher(files, batch, packed, 'i'), matcher(twins, batch, '', 'i')]
      const alike = names.filter(name => isLikeFile(name) || isLikeTwin(name))
      throw new MissingInputError(
        `Expected ${files.join(' or ')} (or .gz) in ${place}, found no such file${butAlike(alike)}.`,
      )
    }
    for (const name of found) {
      const other = claims.get(name)
      if (other !== undefined) {
        throw new UsageError(
          `Expected one input of ${batch.source} for each file, but ${other} and ${input} both claim ${quoteName(name)}. ` +
            'Make their patterns narrower.',
        )
      }
      claims.set(name, input)
    }
  }
  return claims
}

const packed = '(?:\\.gz)?'

/** A person who reads that a file is not there may look at it in the folder, and not see the difference. */
export function butAlike(names: readonly string[]): string {
  if (names.length === 0) return ''
  const differs = names.length === 1 ? 'differs' : 'differ'
  return `, but ${quoteNames(names)}, which ${differs} in upper and lower case only: rename the file, or declare its name`
}

/** A Parquet file may replace a CSV file of its name. */
const parquetTwin = (pattern: string): readonly string[] =>
  pattern.endsWith('.csv') ? [pattern.replace(/csv$/, 'parquet')] : []

/** The same records in two forms would count twice, and the older ones could replace the newer ones. */
function refuseTwins(place: string, names: readonly string[], format: Input['format']): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const plain = name.replace(/(?:\.gz)+$/, '')
    const form = format === 'csv' ? plain.replace(/\.parquet$/, '.csv') : plain
    const twin = seen.get(form)
    if (twin !== undefined) {
      throw new RefusedError(
        `Expected each file of ${place} in one form, found ${quoteName(twin)} beside ${quoteName(name)}. Take one of them out.`,
      )
    }
    seen.set(form, name)
  }
}

/** @returns whether a name matches one of the patterns */
function matcher(patterns: readonly string[], batch: Batch, ending = '', flags = ''): (name: string) => boolean {
  const expressions = patterns.map(pattern => {
    if (pattern.includes('/')) {
      throw new UsageError(`${batch.source} declares ${pattern}: expected the name of a file in its landing folder.`)
    }
    const parts = signName(pattern, batch).split('*')
    const body = parts.map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')).join('[^]*')
    return new RegExp(`^${pattern.startsWith('*') ? '(?!\\.)' : ''}${body}${ending}$`, flags)
  })
  return name => expressions.some(expression => expression.test(name))
}
