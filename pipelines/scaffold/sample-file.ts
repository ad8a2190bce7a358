import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { LandedFile } from '../landing/files/landed-file.ts'
import { UsageError } from '../platform/errors.ts'
import { quoteName } from '../platform/file-name.ts'
import { compactDate } from '../source/batch.ts'

const mebibyte = 1024 * 1024
/** The sample becomes a file of the project and is read as a whole: a part of a delivery is enough. */
const mostBytes = 64 * mebibyte
const mostUnpacked = 512 * mebibyte

/** @throws UsageError if the path is not a file, or the file is empty or too large */
export function sampleFile(path: string): LandedFile {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new UsageError(`Expected a sample at ${path}, found nothing there.`)
  if (!found.isFile()) throw new UsageError(`Expected the sample to be a file, found something else at ${path}.`)
  requireReadable(path)
  if (found.size === 0) throw new UsageError(`Expected records in ${path}, found an empty file.`)
  if (found.size > mostBytes) {
    throw new UsageError(
      `Expected a sample of at most 64 MiB, found ${Math.ceil(found.size / mebibyte)} MiB. Pass a part of the delivery, ` +
        'such as its first thousand records.',
    )
  }
  return { input: 'sample', path: realpathSync(path), name: basename(path), gzip: path.endsWith('.gz') }
}

function requireReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK)
  } catch {
    throw new UsageError(`Expected a sample that this user may read, found ${path}, which it may not.`)
  }
}

/** @throws UsageError if the file is not valid gzip, or unpacks to more than 512 MiB */
export function contentOf(file: LandedFile): Buffer {
  const bytes = readFileSync(file.path)
  if (!file.gzip) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: mostUnpacked })
  } catch {
    throw new UsageError(
      `Expected ${file.name} to be a complete gzip file of at most 512 MiB unpacked, found a damaged or a larger one.`,
    )
  }
}

/** The format of a sample by its name: `csv` for every kind of separated values. */
export function formatOf(name: string): 'json' | 'csv' | 'parquet' {
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase()
  if (ending === 'json' || ending === 'ndjson' || ending === 'jsonl') return 'json'
  if (ending === 'csv' || ending === 'tsv' || ending === 'txt') return 'csv'
  if (ending === 'parquet' && !name.endsWith('.gz')) return 'parquet'
  throw new UsageError(
    'Expected a sample named .json, .ndjson, .jsonl, .csv, .tsv or .txt (each also with .gz), or .parquet, found ' +
      `${name}.`,
  )
}

/** Dates, times and numbers of a delivery, as in `vitals_20230501T081500Z`. */
const digitRuns = /\d{4}[\dTtZz]*(?:[-_]\d[\dTtZz]*)*/g

/**
 * The pattern that matches the next delivery of a sample's name: the same letters, spaces and brackets, and `*` for
 * each run of digits long enough to be a date or a number of the delivery, and for characters that are special in a
 * pattern.
 *
 * @throws UsageError if the name contains control characters
 */
export function patternOf(file: string): string {
  return pattern(file, () => '*')
}

/**
 * The narrower pattern of a sample whose name contains the day of its batch: `{date}` in place of the day.
 *
 * @param date `yyyy-mm-dd`
 */
export function datedPatternOf(file: string, date: string): string {
  const day = compactDate(date)
  return pattern(file, digits => {
    const [before = '', ...after] = digits.split(day)
    return after.length === 0 ? '*' : `${before === '' ? '' : '*'}{date}${after.join(day) === '' ? '' : '*'}`
  })
}

/** @param written gives the pattern of a run of digits */
function pattern(file: string, written: (digits: string) => string): string {
  if (quoteName(file) !== file) {
    throw new UsageError(
      `Expected a file name without control characters, found ${quoteName(file)}. Rename the sample.`,
    )
  }
  const text = file
    .replace(/\.gz$/i, '')
    .replaceAll(/\{date\}|\\/g, '*')
    .replaceAll(digitRuns, written)
    .replaceAll(/\*+/g, '*')
  // An input of `x.csv` also takes `x.parquet`.
  return formatOf(file) === 'parquet' ? text.replace(/parquet$/i, 'csv') : text
}

/**
 * Names of the engine's own relations, such as `accepted_patients`, and words of every SELECT: the engine searches the
 * text of a SELECT for the names of relations.
 */
const takenNames = /^(?:batch|file_no|record_no|select|as|from|(?:accepted|caseload)_.*)$/

/**
 * The name of the relation that the SELECTs read: `vitals_ward` for `Vitals (ward)-20230501.csv`, `a` for `Ä`,
 * `input_batch` for `batch.csv`.
 */
export function inputNameOf(file: string): string {
  const words = (file.split('.', 1)[0] ?? '')
    .replaceAll(digitRuns, '-')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  const name = words.filter(word => word !== '').join('_')
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(name)) return 'records'
  return takenNames.test(name) ? `input_${name}` : name
}
