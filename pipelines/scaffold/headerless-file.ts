import { countText } from '../platform/count-text.ts'
import { hasNoLetter, isValue } from '../source/value-like-name.ts'

/** A first line that is not a header, and the format that its file looks like. */
export interface HeaderlessFile {
  /** What the line contains, such as `3 numbers, dates, ids or addresses`; never a field of it. */
  readonly found: string
  /** Such as `HL7 messages`; undefined if only the header is missing. */
  readonly format: string | undefined
}

/** Labels of survey exports are sentences of up to some 90 characters; a note is longer. */
const longestName = 100
/** A file of one column is most often one with an unknown separator, so the limit is lower. */
const longestLoneName = 63

/**
 * Recognises a first line that may be data instead of a header, by the line alone.
 *
 * @param names its fields
 * @returns undefined if they may be names
 */
export function detectHeaderless(names: readonly string[]): HeaderlessFile | undefined {
  const texts = names.map(name => name.trim())
  const format = foreignFormat(texts)
  if (format !== undefined) return { found: 'none', format }
  const count = (is: (text: string) => boolean): number => texts.filter(is).length
  const values = count(isValue)
  if (values > 0) {
    const found = countText(values, 'number, date, id or address', 'numbers, dates, ids or addresses')
    return { found, format: undefined }
  }
  const letterless = count(hasNoLetter)
  if (letterless > 0) return { found: `${countText(letterless, 'field')} without a letter`, format: undefined }
  // In a file of one column `icd10_code_2019` is a name; `P-123` and `AVERYSAMPLE19770131` are not.
  const [lone = ''] = texts
  if (texts.length === 1 && /\d{3}/.test(lone) && !/^\p{L}[\p{L}\p{N}]*(?:_[\p{L}\p{N}]+)+$/u.test(lone)) {
    return { found: 'a number of three digits or more', format: 'columns of fixed width, or a list without a header' }
  }
  const longest = texts.length === 1 ? longestLoneName : longestName
  const long = count(text => text.length > longest)
  if (long > 0) return { found: `${countText(long, 'field')} of more than ${longest} characters`, format: undefined }
  return undefined
}

/** A format that is not separated values, or has a separator that Caseload does not know. */
function foreignFormat(texts: readonly string[]): string | undefined {
  const [first = ''] = texts
  const isLone = texts.length === 1
  if (texts.some(text => /[\p{Cc}\p{Co}\uFFFD]/u.test(text))) return 'a binary file, or text in an unknown encoding'
  if (/^(?:MSH|FHS|BHS)\b/.test(first)) return 'HL7 messages'
  if (/^(?:ISA|UNA|UNB)[*+:|]/.test(first)) return 'EDI messages'
  if (/^<[?!/\w]/.test(first)) return 'XML or HTML'
  if (/^[[{]\s*["{[\d]/.test(first)) return 'JSON'
  if (isLone && /^# ?\w/.test(first)) return 'a comment above the header'
  const separator =
    texts.join('').match(/[\^~]/)?.[0] ?? (isLone ? /([:*=#!&])[^:*=#!&]*\1/.exec(first)?.[1] : undefined)
  if (separator !== undefined) return `fields separated by ${separator}`
  if (texts.some(text => (isLone ? /\S {2,}\S/ : /\S {3,}\S/).test(text))) return 'columns of fixed width'
  return undefined
}

/** Shorter lines of equal length do not suggest columns of fixed width. */
const shortestFixedWidth = 20

/**
 * Recognises a file of one column whose lines all have the same layout, including the first: it has another separator,
 * or columns of fixed width.
 *
 * @param lines the first line and those below it
 * @returns the format that it looks like; undefined for a list of values
 */
export function uniformLayout(lines: readonly string[]): string | undefined {
  const [first = '', ...rest] = lines
  const records = rest.filter(line => line !== '')
  if (records.length === 0) return undefined
  const separator = [' ', ':', '*', '=', '#', '!', '&', '/'].find(one => {
    const parts = first.split(one).length
    return parts > 2 && records.every(line => line.split(one).length === parts)
  })
  if (separator !== undefined) return `fields separated by ${separator === ' ' ? 'a space' : separator}`
  const isFixed = first.length >= shortestFixedWidth && records.every(line => line.length === first.length)
  return isFixed ? 'columns of fixed width' : undefined
}
