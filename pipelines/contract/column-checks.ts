import { z } from 'zod'
import { cleanIdentifier } from './identifier.ts'
import { holdsInvisible } from './invisible.ts'
import { writtenOut } from './number-text.ts'

/** Smallest and largest value, both allowed; numbers are whole, dates are `yyyy-mm-dd`. */
export interface Range<T extends number | string> {
  readonly min?: T
  readonly max?: T
}

/**
 * One check of a delivered text. This is the complete list of kinds: each has its message in zod, its JavaScript here and its
 * SQL in `predicates.ts`. A check relies on those before it in its column: the calendar check only sees texts that match
 * the pattern.
 */
export type ColumnCheck =
  /** In code points. */
  | { readonly rule: 'length'; readonly min: 0 | 1; readonly max: number }
  | { readonly rule: 'nul' }
  /** Cleans the text with `cleanIdentifier`, for itself and for all checks after it. */
  | { readonly rule: 'invisible' }
  /** `narrower` is a stricter pattern that nearly all texts match; the next check requires it. */
  | (TextPattern & { readonly narrower?: string })
  | { readonly rule: 'one_of'; readonly values: readonly string[] }
  /** The pattern of a number in plain notation; a number in another notation is written out first. */
  | { readonly rule: 'pattern'; readonly of: 'number'; readonly pattern: string; readonly words: string }
  /** Whether the number fits the type. */
  | { readonly rule: 'cast'; readonly of: 'integer' | 'bigint' }
  /** Whether the day at the start of the text exists; the pattern contains the calendar. */
  | { readonly rule: 'cast'; readonly of: 'day'; readonly pattern: string }
  | { readonly rule: 'range'; readonly of: 'number'; readonly scale: number; readonly range: Range<number> }
  /** Of the day at the start of the text, as delivered: a time zone does not move it. */
  | { readonly rule: 'range'; readonly of: 'day'; readonly range: Range<string> }

interface TextPattern {
  readonly rule: 'pattern'
  readonly of?: undefined
  readonly pattern: string
  readonly words: string
}

type CustomCheck = Exclude<ColumnCheck, TextPattern>
type ZodCheck = z.core.$ZodCheck<string>

const definitions = new WeakMap<z.core.$ZodCheck, ColumnCheck>()

/** Makes the zod check with the same verdict and remembers its definition. After a check that fails, the next ones do not run. */
export function zodCheck(check: ColumnCheck): ZodCheck {
  const made = check.rule === 'pattern' && check.of === undefined ? patternCheck(check) : customCheck(check)
  definitions.set(made, check)
  return made
}

/** The definition of a zod check that {@link zodCheck} made; undefined for any other, such as `.min()` or `.refine()`. */
export function definitionOf(check: z.core.$ZodCheck): ColumnCheck | undefined {
  return definitions.get(check)
}

/** What is wrong with a text that fails, to follow the column's name: `is not a whole number`. Contains no delivered value. */
export function wordsOf(check: ColumnCheck): string {
  switch (check.rule) {
    case 'length':
      return `is ${check.min === 0 ? '' : 'empty or '}longer than ${check.max} character${check.max === 1 ? '' : 's'}`
    case 'nul':
      return 'contains a NUL character'
    case 'invisible':
      return 'contains an invisible character, or one that Unicode does not have'
    case 'pattern':
      return check.words
    case 'one_of':
      return `is not one of ${check.values.join(', ')}`
    case 'cast':
      if (check.of === 'day') return 'is a day that does not exist'
      return `does not fit in ${check.of === 'integer' ? 32 : 64} bits`
    case 'range':
      return `is not ${rangeWords(check.range)}`
  }
}

/** `between 0 and 150`, `0 or more`. */
export function rangeWords({ min, max }: Range<number | string>): string {
  if (max === undefined) return `${min ?? ''} or more`
  return min === undefined ? `${max} or less` : `between ${min} and ${max}`
}

function patternCheck({ pattern, words }: TextPattern): ZodCheck {
  return z.regex(new RegExp(pattern, 'u'), { error: words, abort: true })
}

function customCheck(check: CustomCheck): ZodCheck {
  const message = wordsOf(check)
  const isBroken = test(check)
  return z.check<string>(context => {
    if (check.rule === 'invisible') context.value = cleanIdentifier(context.value)
    if (!isBroken(context.value)) return
    context.issues.push({
      code: 'custom',
      message,
      input: context.value,
      params: { rule: check.rule },
      continue: false,
    })
  })
}

function test(check: CustomCheck): (text: string) => boolean {
  switch (check.rule) {
    case 'length':
      return text => text.length < check.min || isLonger(text, check.max)
    case 'nul':
      return text => text.includes('\0')
    case 'pattern': {
      const plain = new RegExp(check.pattern, 'u')
      return text => !plain.test(writtenOut(text))
    }
    case 'invisible':
      return holdsInvisible
    case 'one_of':
      return text => !check.values.includes(text)
    case 'cast': {
      if (check.of !== 'day') return text => !fits(BigInt(writtenOut(text)), check.of === 'integer' ? 32 : 64)
      const calendar = new RegExp(check.pattern, 'u')
      return text => !calendar.test(text)
    }
    case 'range': {
      if (check.of === 'number') return text => isOutsideExactly(text, check.scale, check.range)
      const { min, max } = check.range
      const last = max === undefined ? undefined : endOfDay(max)
      return text => isOutside(text, min, last)
    }
  }
}

/** A text that sorts after every text of this day, with or without a time, and before every text of the next day. */
export function endOfDay(day: string): string {
  return `${day}~`
}

const fits = (value: bigint, bits: number): boolean => value === BigInt.asIntN(bits, value)

function isOutside<T extends string | bigint>(value: T, min: T | undefined, max: T | undefined): boolean {
  return (min !== undefined && value < min) || (max !== undefined && value > max)
}

/** Compares numbers multiplied by ten to the power of their scale: a double would round what the decimal keeps. */
function isOutsideExactly(text: string, scale: number, { min, max }: Range<number>): boolean {
  const bound = (number: number | undefined): bigint | undefined =>
    number === undefined ? undefined : scaled(String(number), scale)
  return isOutside(scaled(text, scale), bound(min), bound(max))
}

function scaled(text: string, scale: number): bigint {
  const [whole = '', decimals = ''] = writtenOut(text).split('.')
  return BigInt(whole + decimals.padEnd(scale, '0'))
}

/** Longer than `max` code points. A string has at most as many of them as UTF-16 units, and at least half as many. */
function isLonger(text: string, max: number): boolean {
  if (text.length <= max) return false
  if (text.length > 2 * max) return true
  let count = 0
  for (let at = 0; at < text.length && count <= max; count += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  return count > max
}
