import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Batch, compactDate } from '../../source/batch.ts'
import { MissingInputError, NoDeliveryError, RefusedError, UsageError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import type { Input } from '../../source/inputs.ts'
import { isBelow, type LandingEntry, plainFile, unreadFile } from '../files/list-folder.ts'
import type { Ready } from '../../source/transformer.ts'

/** One delivered file, and the input that claims it. */
export interface LandedFile {
  readonly input: string
  /** Absolute path, with links resolved. */
  readonly path: string
  /** Path under the landing root with `/` between its parts, as the ledger keeps it. */
  readonly name: string
  readonly gzip: boolean
}

/** The landing folder of a batch at one moment. */
export interface Landing {
  readonly batch: Batch
  /** Absolute path of the folder. */
  readonly folder: string
  /** When the folder itself changed last (a name came, went or was changed), in milliseconds. */
  readonly touchedAt: number
  /** The files to read, by input in the order of declaration, and by name within each. */
  readonly files: readonly LandedFile[]
  /** Names that the source does not declare in any way. */
  readonly unclaimed: readonly string[]
  /** Every plain file of the folder: those above, the signs of completeness, hidden and ignored ones. */
  readonly entries: readonly LandingEntry[]
}

/** What a source says of the files that are none of its inputs. */
export interface LandingOptions {
  /** Names of files that are no mistake, `*` stands for any text. A file that an input claims is read nevertheless. */
  readonly ignored: readonly string[]
  /** Its marker and its manifest are no inputs, whatever the patterns say. */
  readonly ready: Ready
}

/**
 * Lists the files of a batch in its landing folder, `<root>/<source>/<yyyymmdd>`, and opens none of them. A name that
 * starts with a dot counts for nothing, unless the pattern of an input starts with a dot too: `*.csv` does not take the
 * `._vitals.csv` that a Mac leaves, nor the `.vitals.csv.Xb2k1` that rsync is still writing.
 *
 * @param root landing root, absolute; it may be a link itself
 * @throws MissingInputError if the folder or a required file is not there
 * @throws RefusedError for anything that is not a plain file below the landing root and is not ignored
 * @throws UsageError if two inputs claim one file, or a pattern could never match
 */
export function listLanding(
  root: string,
  batch: Batch,
  inputs: Readonly<Record<string, Input>>,
  { ignored, ready }: LandingOptions = { ignored: [], ready: {} },
): Landing {
  const folder = join(root, batch.source, compactDate(batch.date))
  const names = listFolder(root, folder)
  const signs = new Set(
    [ready.marker, ready.manifest].flatMap(name => (name === undefined ? [] : signName(name, batch))),
  )
  const data = names.filter(name => !signs.has(name))
  const claims = claimFiles(folder, batch, data, inputs, signs)
  const rest = data.filter(name => !claims.has(name))
  const isIgnored = matcher(ignored, batch)
  const passed = new Set(rest.filter(name => name.startsWith('.') || isIgnored(name)))
  const entries = new Map(
    names.flatMap(name => {
      const entry = passed.has(name) ? unreadFile(folder, name) : plainFile(root, folder, name)
      return entry === undefined ? [] : [[name, entry] as const]
    }),
  )
  return {
    batch,
    folder,
    touchedAt: statSync(folder).ctimeMs,
    files: [...claims].map(([name, input]) => ({
      input,
      path: entries.get(name)?.path ?? join(folder, name),
      name: `${batch.source}/${compactDate(batch.date)}/${name}`,
      gzip: name.endsWith('.gz'),
    })),
    unclaimed: rest.filter(name => !passed.has(name)),
    entries: [...entries.values()],
  }
}

/** The name of a marker or manifest for this batch: `{date}` stands for yyyymmdd. */
export function signName(name: string, batch: Batch): string {
  return name.replaceAll('{date}', compactDate(batch.date))
}

/** @returns the input that claims each name */
function claimFiles(
  folder: string,
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
    const isClaimed = matcher(files, batch, '(?:\\.gz)?')
    const isTwin = matcher(format === 'csv' ? files.flatMap(parquetTwin) : [], batch)
    const found = names.filter(name => isClaimed(name) || isTwin(name))
    refuseTwins(folder, found, format)
    if (found.length === 0 && presence !== 'optional') {
      throw new MissingInputError(`Expected ${files.join(' or ')} (or .gz) in ${folder}, found no such file.`)
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

/** A Parquet file may stand in for a CSV file of its name. */
const parquetTwin = (pattern: string): readonly string[] =>
  pattern.endsWith('.csv') ? [pattern.replace(/csv$/, 'parquet')] : []

/** The same records in two forms would count twice, and the older ones could win. */
function refuseTwins(folder: string, names: readonly string[], format: Input['format']): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const plain = name.replace(/(?:\.gz)+$/, '')
    const form = format === 'csv' ? plain.replace(/\.parquet$/, '.csv') : plain
    const twin = seen.get(form)
    if (twin !== undefined) {
      throw new RefusedError(
        `Expected each file of ${folder} in one form, found ${quoteName(twin)} beside ${quoteName(name)}. Take one of them out.`,
      )
    }
    seen.set(form, name)
  }
}

function listFolder(root: string, folder: string): readonly string[] {
  const names = readFolder(folder)
  if (isBelow(realpathSync(root), realpathSync(folder))) return names
  throw new RefusedError(
    `Expected the landing folder ${folder} below the landing root, but it is a link that leaves it.`,
  )
}

const reasons: Readonly<Record<string, string>> = { EACCES: 'it cannot be read', ENOTDIR: 'it is no folder' }

function readFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
    const Kind = reason === undefined ? NoDeliveryError : MissingInputError
    throw new Kind(
      `Expected a landing folder ${folder}, but ${reason ?? 'it is not there'}. --landing or CASELOAD_LANDING names the landing root.`,
      { cause: error },
    )
  }
}

/** Says whether one of the patterns is that of a name. */
function matcher(patterns: readonly string[], batch: Batch, ending = ''): (name: string) => boolean {
  const expressions = patterns.map(pattern => {
    if (pattern.includes('/')) {
      throw new UsageError(`${batch.source} declares ${pattern}: expected the name of a file in its landing folder.`)
    }
    const parts = signName(pattern, batch).split('*')
    const body = parts.map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')).join('[^]*')
    return new RegExp(`^${pattern.startsWith('*') ? '(?!\\.)' : ''}${body}${ending}$`)
  })
  return name => expressions.some(expression => expression.test(name))
}
