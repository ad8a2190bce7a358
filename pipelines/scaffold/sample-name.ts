import { compactDate } from '../source/batch.ts'
import { UsageError } from '../platform/errors.ts'
import { quoteName } from '../platform/file-name.ts'
import { formatOf } from './sample.ts'

/** Dates, times and numbers of a delivery, as in `vitals_20230501T081500Z`. */
const digitRuns = /\d{4}[\dTtZz]*(?:[-_]\d[\dTtZz]*)*/g

/**
 * The pattern that takes a delivery named as this sample is: the next one has the same spaces, brackets and letters. `*`
 * stands for each run of digits that is long enough to be a date or a number of the delivery, and for what a pattern
 * would not take as it is written.
 *
 * @throws UsageError if a character of the name cannot be shown
 */
export function patternOf(file: string): string {
  return pattern(file, () => '*')
}

/**
 * The narrower pattern of a sample with the day of its batch in its name: `{date}` stands where the day does.
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

/** @param written what stands for a run of digits */
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
  // A Parquet file stands in for the CSV of its name.
  return formatOf(file) === 'parquet' ? text.replace(/parquet$/i, 'csv') : text
}

/**
 * What the engine calls relations of its own, `accepted_patients` for one, and words that stand in every SELECT: the engine
 * looks for the names of relations in the text of a SELECT.
 */
const takenNames = /^(?:batch|file_no|record_no|select|as|from|(?:accepted|caseload)_.*)$/

/**
 * `Vitals (ward)-20230501.csv` as `vitals_ward`, `Ä` as `a`, `batch.csv` as `input_batch`: the name of the relation that the
 * SELECTs read.
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
