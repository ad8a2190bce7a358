import { MissingInputError, RefusedError, UsageError } from '../../platform/errors.ts'
import { quoteNames } from '../../platform/file-name.ts'
import type { Batch } from '../../source/batch.ts'
import type { Input } from '../../source/inputs.ts'
import type { Source } from '../../source/load-source.ts'
import { isStaticFile, pathInLanding } from '../../source/static-files.ts'
import type { Transformer } from '../../source/transformer.ts'
import { claimStatic } from './claim-static.ts'
import { alikeWords, butAlike, claimedTwice, matcher, namesAlike, namesOfInput, signName } from './file-patterns.ts'
import { type LandingEntry, type LandingListing, requirePlain, unreadFile } from './landing-entry.ts'

/** What a source declares about its files. */
export interface Declared extends Pick<Transformer, 'inputs' | 'ignored' | 'ready'> {
  /** Folder of its class, absolute: static files may lie there. */
  readonly folder?: string
}

/** What a loaded source declares about its files. */
export function declaredOf({ transformer, folder }: Pick<Source, 'transformer' | 'folder'>): Declared {
  const { inputs, ignored, ready } = transformer
  return { inputs, ignored, ready, folder }
}

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
  /** The files to read, by input in the order of declaration, and by name within each; static ones last. */
  readonly files: readonly ClaimedFile[]
  /** Names that the source does not declare in any way. */
  readonly unclaimed: readonly string[]
  /** Every plain file of the delivery: those above, the marker and the manifest, hidden and ignored ones; no static one. */
  readonly entries: readonly LandingEntry[]
  /** The static files, claimed or not, named `static/codes.csv`. */
  readonly statics: readonly LandingEntry[]
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
  const { daily, fixed } = byPlace(inputs)
  const claims = claimNames(place, batch, data, daily, signs)
  const rest = data.filter(name => !claims.has(name))
  const isIgnored = matcher(ignored, batch)
  const passed = new Set(rest.filter(name => name.startsWith('.') || isIgnored(name)))
  const entries = listing.entries.flatMap(
    entry => (passed.has(entry.name) ? unreadFile(place, entry) : requirePlain(place, entry)) ?? [],
  )
  const byName = new Map(entries.map(entry => [entry.name, entry]))
  const statics = claimStatic(listing.statics ?? [], batch, listing.statics === undefined ? {} : fixed, ignored)
  const claimed = (input: string, entry: LandingEntry): ClaimedFile => {
    const { name } = entry
    return { input, name: pathInLanding(batch, name), gzip: name.endsWith('.gz'), entry }
  }
  return {
    batch,
    place,
    touched,
    placed,
    files: [
      ...[...claims].flatMap(([name, input]) => {
        const entry = byName.get(name)
        return entry === undefined ? [] : [claimed(input, entry)]
      }),
      ...statics.files.map(({ input, entry }) => claimed(input, entry)),
    ],
    unclaimed: [...rest.filter(name => !passed.has(name)), ...statics.unclaimed.map(({ name }) => name)],
    entries,
    statics: [...statics.files.map(({ entry }) => entry), ...statics.unclaimed],
  }
}

/** The same inputs, none of them required: then a file that has gone is named by its name, not by its pattern. */
export function withoutRequired(declared: Declared): Declared {
  const inputs = Object.entries(declared.inputs).map(([name, input]) => [name, { ...input, presence: 'optional' }])
  const { ignored, ready, folder } = declared
  return {
    ignored,
    ready,
    inputs: Object.fromEntries(inputs) as Declared['inputs'],
    ...(folder === undefined ? {} : { folder }),
  }
}

/** The inputs that come with each delivery, and the static ones. */
function byPlace(inputs: Declared['inputs']): {
  readonly daily: Declared['inputs']
  readonly fixed: Declared['inputs']
} {
  const entries = Object.entries(inputs)
  return {
    daily: Object.fromEntries(entries.filter(([, input]) => input.static !== true)),
    fixed: Object.fromEntries(entries.filter(([, input]) => input.static === true)),
  }
}

/** @throws RefusedError naming the files that the source does not declare */
export function requireDeclared(landing: Landing, { inputs }: Pick<Declared, 'inputs'>): void {
  const { batch, unclaimed } = landing
  if (unclaimed.length === 0) return
  throw new RefusedError(
    `Expected only files that ${batch.source} declares, found ${unclaimed.length} more in its landing folder: ` +
      `${quoteNames(unclaimed)}. Take them out, or let the source declare them as inputs or as ignored.${alikeWords(misspelt(landing, inputs))}`,
  )
}

/** The files that an input would claim but for upper and lower case, unless the file that it would replace is there, too. */
function misspelt({ batch, unclaimed, entries, statics }: Landing, inputs: Declared['inputs']): readonly string[] {
  const { daily, fixed } = byPlace(inputs)
  const there = [...entries, ...statics].map(entry => entry.name.toLowerCase())
  return unclaimed.filter(name => {
    const own = name.split('/').slice(-1)
    const isAlike = Object.values(isStaticFile(name) ? fixed : daily).some(
      input => namesAlike(batch, own, input).length > 0,
    )
    return isAlike && there.filter(one => one === name.toLowerCase()).length === 1
  })
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
  for (const [input, declared] of Object.entries(inputs)) {
    const { files, presence } = declared
    const sign = files.find(pattern => signs.has(signName(pattern, batch)))
    if (sign !== undefined) {
      throw new UsageError(`The input ${input} of ${batch.source} names ${sign}, which is its marker or manifest.`)
    }
    const found = namesOfInput(place, batch, names, declared)
    if (found.length === 0 && presence !== 'optional') {
      const alike = butAlike(namesAlike(batch, names, declared))
      throw new MissingInputError(`Expected ${files.join(' or ')} (or .gz) in ${place}, found no such file${alike}.`)
    }
    for (const name of found) {
      const other = claims.get(name)
      if (other !== undefined) throw claimedTwice(batch, other, input, name)
      claims.set(name, input)
    }
  }
  return claims
}
