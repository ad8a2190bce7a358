import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Batch, compactDate } from '../source/batch.ts'
import { MissingInputError, UsageError } from '../platform/errors.ts'
import { csv, type Input, json } from '../source/inputs.ts'
import { listLanding } from '../landing/files/landing.ts'
import { datedPatternOf, formatOf, patternOf } from './sample-file.ts'

/** A sample's names in a landing folder. */
export interface NamedFile {
  /** The name of its input. */
  readonly name: string
  /** Its file name. */
  readonly file: string
}

/**
 * Finds a pattern for the input of each sample that matches this sample and no other. It runs the landing code on a
 * folder of empty files with these names. `*` matches dates and numbers; if two patterns then match one file, `{date}`
 * matches the day of the batch instead.
 *
 * @param batch the day under which the samples land
 * @param workRoot folder in which a private folder is created and removed
 * @returns the patterns in the order of the samples
 * @throws UsageError if the landing does not accept a name, or two patterns match one file even with `{date}`
 */
export function landedPatterns(samples: readonly NamedFile[], batch: Batch, workRoot: string): readonly string[] {
  const root = mkdtempSync(join(workRoot, 'caseload-landing-'))
  try {
    const folder = join(root, batch.source, compactDate(batch.date))
    mkdirSync(folder, { recursive: true })
    for (const { file } of samples) writeFileSync(join(folder, file), '')
    const wide = samples.map(({ file }) => patternOf(file))
    if (findClash(root, batch, samples, wide) === undefined) return wide
    const dated = samples.map(({ file }) => datedPatternOf(file, batch.date))
    const clash = findClash(root, batch, samples, dated)
    if (clash === undefined) return dated
    throw new UsageError(
      `Expected a pattern for each sample that matches no other, but ${clash.pattern}, for ${clash.file}, also matches ` +
        `${clash.other}. Rename one of them so that the names begin differently` +
        `${clash.pattern.includes('*') ? ', or pass the day in their names (yyyymmdd) as --date' : ''}.`,
    )
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** A file whose pattern also matches another file. */
interface Clash {
  readonly file: string
  readonly pattern: string
  readonly other: string
}

function findClash(
  root: string,
  batch: Batch,
  samples: readonly NamedFile[],
  patterns: readonly string[],
): Clash | undefined {
  for (const [index, { name, file }] of samples.entries()) {
    const pattern = patterns[index] ?? file
    const claimed = claimedBy(root, batch, name, file, pattern)
    const other = claimed.find(one => one !== file)
    if (other !== undefined) return { file, pattern, other }
  }
  return undefined
}

function claimedBy(root: string, batch: Batch, name: string, file: string, pattern: string): readonly string[] {
  const input: Input =
    formatOf(file) === 'json' ? json({ files: [pattern], record: {} }) : csv({ files: [pattern], columns: ['any'] })
  try {
    const { files } = listLanding(root, batch, { [name]: input })
    const claimed = files.map(one => one.name.split('/').at(-1) ?? '')
    if (claimed.includes(file)) return claimed
  } catch (error) {
    if (!(error instanceof MissingInputError)) throw error
  }
  throw new UsageError(
    `Expected a file name that the landing accepts, found ${file}: .parquet and .gz at its end must be lower-case. Rename the ` +
      'sample, and make the feed use such names.',
  )
}
