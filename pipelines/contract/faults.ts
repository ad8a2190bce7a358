import { z } from 'zod'
import { nearest } from '../platform/nearest.ts'

/**
 * Lists what is wrong with a declaration that no compiler has checked: `phi must be direct, quasi or none (did you mean
 * direct?), found 'Direct'`. A declaration contains no patient's value, so the fault quotes what was found.
 *
 * @param schema its errors say what is expected, to follow the name of a field: `must be a text`
 * @returns one entry for each fault, none for a correct value
 */
export function faultsIn(schema: z.ZodType, value: unknown): readonly string[] {
  const issues = schema.safeParse(value).error?.issues ?? []
  return issues.map(({ code, path, message }) => {
    if (code === 'unrecognized_keys') return message
    const found = valueAt(value, path)
    return `${nameOf(path)} ${found === undefined ? `is missing: it ${message}` : `${message}, found ${shown(found)}`}`
  })
}

/** The value at a path within another one. */
export const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((inner, part) => (inner as Readonly<Record<PropertyKey, unknown>>)[part], value)

/** An object with these members and no others; for a member that it does not have, the error names the nearest one. */
export function strictObject<T extends z.core.$ZodLooseShape>(members: T): z.ZodObject<T, z.core.$strict> {
  const names = Object.keys(members)
  return z.strictObject(members, {
    error: ({ code, keys }) => {
      if (code !== 'unrecognized_keys') return `must be { ${names.join(', ')} }`
      const strange = (keys as readonly string[]).map(key => `${key}${meant(key, names)}`)
      return `unknown option ${strange.join(', ')}; expected ${names.join(', ')}`
    },
  })
}

/** One word of a closed list of at least two. */
export function wordOf(words: readonly string[]): z.ZodType {
  const expected = `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
  return z.literal(words, {
    error: ({ input }) => `${expected}${typeof input === 'string' ? meant(input.toLowerCase(), words) : ''}`,
  })
}

/** A text that is not blank. */
export const saidText = z.string('must be a text').regex(/\S/, 'must be a text')

/** What was found, in a word or two: texts and numbers as they are, everything else by its kind. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}...` : value}'`
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** `phi`, `values[1]`, `references[0].columns`. */
function nameOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('')
}

function meant(word: string, words: readonly string[]): string {
  const near = nearest(word, words)
  return near === undefined ? '' : ` (did you mean ${near}?)`
}
