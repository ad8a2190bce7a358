import { RefusedError, UsageError } from '../../platform/errors.ts'
import { quoteName, quoteNames } from '../../platform/file-name.ts'
import { type Batch, compactDate } from '../../source/batch.ts'
import type { Input } from '../../source/inputs.ts'

/** The name of a marker or manifest for this batch: `{date}` stands for yyyymmdd. */
export function signName(name: string, batch: Batch): string {
  return name.replaceAll('{date}', compactDate(batch.date))
}

/**
 * The names among those of a folder that are files of an input.
 *
 * @param place the folder in messages
 * @throws RefusedError for a file in two forms
 * @throws UsageError if a pattern could never match
 */
export function namesOfInput(place: string, batch: Batch, names: readonly string[], input: Input): readonly string[] {
  const found = matching(batch, names, input, '')
  refuseTwins(place, found, input.format)
  return found
}

/** The names that would be files of an input if upper and lower case did not count. */
export function namesAlike(batch: Batch, names: readonly string[], input: Input): readonly string[] {
  return matching(batch, names, input, 'i')
}

/** A person who reads that a file is not there may look at it in the folder, and not see the difference. */
export function butAlike(names: readonly string[]): string {
  return names.length === 0
    ? ''
    : `, but ${quoteNames(names)}, which ${differ(names)}: rename the file, or declare its name`
}

/** A sentence about files that are there and not declared; empty for none. */
export function alikeWords(names: readonly string[]): string {
  if (names.length === 0) return ''
  return ` ${quoteNames(names)} ${differ(names)} from what the source declares: rename the file, or declare its name.`
}

const differ = (names: readonly string[]): string =>
  `${names.length === 1 ? 'differs' : 'differ'} in upper and lower case only`

type Case = '' | 'i'

function matching(batch: Batch, names: readonly string[], { files, format }: Input, flags: Case): readonly string[] {
  const isOwn = matcher(files, batch, { ending: '(?:\\.gz)?', flags })
  const isTwin = matcher(format === 'csv' ? files.flatMap(parquetTwin) : [], batch, { flags })
  return names.filter(name => isOwn(name) || isTwin(name))
}

/** The error for a file that two inputs claim. */
export function claimedTwice({ source }: Batch, one: string, other: string, name: string): UsageError {
  return new UsageError(
    `Expected one input of ${source} for each file, but ${one} and ${other} both claim ${quoteName(name)}. ` +
      'Make their patterns narrower.',
  )
}

/** @returns whether a name matches one of the patterns */
export function matcher(
  patterns: readonly string[],
  batch: Batch,
  { ending = '', flags = '' }: { readonly ending?: string; readonly flags?: Case } = {},
): (name: string) => boolean {
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
