import { z } from 'zod'
import type { Column } from './column.ts'
import { faultsIn, saidText, strictObject, wordOf } from './faults.ts'
import { anchoredPattern, calendarDay } from './pattern.ts'

/** The values of `phi` that masking knows. */
export const phis = ['direct', 'quasi', 'none'] as const

/** Made once: zod compiles a function for each object, and `phiFaults` is asked about every column. */
const phiMember = z.object({ phi: wordOf(phis) })

/** The faults of a `phi`. zod's `.meta()` can change it after the builder has checked it. */
export function phiFaults(phi: unknown): readonly string[] {
  return faultsIn(phiMember, { phi })
}

/** What every column declares, with the further options of one builder. */
export const infoWith = (more: z.core.$ZodLooseShape = {}): z.ZodObject =>
  strictObject({ phi: wordOf(phis), description: saidText, ...more })

/** A whole number between two others; `expected` is the text of the error. */
export const wholeNumber = (least: number, most: number, expected: string): z.ZodType =>
  z.number(expected).refine(value => Number.isSafeInteger(value) && value >= least && value <= most, expected)

/** The values of `oneOf`. They become constants in SQL, which cannot hold NUL. */
export const closedList = z
  .array(
    z.string('must be a text').refine(value => !value.includes('\0'), 'must be a text without NUL'),
    'must be a list of one or more texts',
  )
  .min(1, 'must be a list of one or more texts')

const patternWords =
  'must be the body of a regular expression made of literals, [...], (?:...), |, *, +, ? and {n,m}, which JavaScript ' +
  'and RE2 read alike'

/** The pattern of `code`. */
export const patternBody = z.string(patternWords).refine(isAnchorable, patternWords)

/** Bounds of numbers: whole ones, so that both sides compare them exactly. */
export const wholeBounds = bounds(
  wholeNumber(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'must be a whole number'),
)

/** Bounds of days, which sort as texts. */
export const dayBounds = bounds(
  z.string('must be a day as yyyy-mm-dd').regex(new RegExp(`^${calendarDay}$`, 'u'), 'must be a day as yyyy-mm-dd'),
)

function bounds(bound: z.ZodType): z.ZodType {
  const inOrder = ({ min, max }: Record<string, unknown>): boolean =>
    min === undefined || max === undefined || (min as number | string) <= (max as number | string)
  const range = strictObject({ min: bound.optional(), max: bound.optional() })
  return range.refine(inOrder, { path: ['max'], error: 'must not be below min' }).optional()
}

function isAnchorable(body: string): boolean {
  try {
    return anchoredPattern(body) !== ''
  } catch {
    return false
  }
}

/**
 * Makes a builder of columns that checks its arguments, because a project is often JavaScript. A wrong argument does not
 * throw here, where the name of the column is not known: the column keeps its faults, and `columnsOf` refuses it.
 *
 * @param name of the builder, for messages
 * @param takes the schemas of its arguments, in their order
 * @param make gets arguments that match `takes`
 */
export function builder<A extends readonly unknown[]>(
  name: string,
  takes: z.ZodObject,
  make: (...given: A) => Column,
): (...given: A) => Column {
  const names = Object.keys(takes.shape)
  const usage = `${name}(${Object.entries(takes.shape).map(usageOf).join(', ')})`
  return (...given) => {
    const faults = faultsIn(takes, Object.fromEntries(names.map((argument, at) => [argument, given[at]])))
    const all = given.length > names.length ? [...faults, tooMany(name, names.length, given.length)] : faults
    if (all.length === 0) return make(...given)
    return z.string().meta({ faults: [...all.map(withoutArgument), `the builder is ${usage}`].join('; ') })
  }
}

/** Users know an option by its own name: `phi`, not `info.phi`. */
const withoutArgument = (fault: string): string => fault.replace(/^(?:info|range)\./, '')

function tooMany(name: string, most: number, found: number): string {
  return `${name} takes ${most === 0 ? 'no arguments' : `${most} argument${most === 1 ? '' : 's'}`}, found ${found}`
}

function usageOf([argument, schema]: readonly [string, z.core.$ZodType]): string {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema
  return inner instanceof z.ZodObject ? `{ ${Object.keys(inner.shape).join(', ')} }` : argument
}
