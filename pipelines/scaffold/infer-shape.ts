import { countText } from '../platform/count-text.ts'
import { UsageError } from '../platform/errors.ts'
import { list, map, object, type ObjectShape, scalar, type Shape } from '../source/inputs.ts'
import { areDataKeys } from './data-keys.ts'

/** A shape that accepts every record it was inferred from. */
export interface InferredShape {
  readonly record: ObjectShape
  /** Paths of fields that the shape ignores, such as `visits[].code`, with the reason. */
  readonly unread: readonly string[]
}

/** The values at one path of the records. */
interface Seen {
  scalars: number
  lists: number
  objects: number
  element: Seen | undefined
  readonly fields: Map<string, Seen>
}

/** Columns that every relation has besides its fields; fields of a feed with these names cannot be read. */
export const relationColumns: readonly string[] = ['file_no', 'record_no']

/** @returns why a field is ignored whose name, in lower case, is taken already */
export function whyTaken(name: string): string {
  return relationColumns.includes(name)
    ? 'Caseload uses this name for the position of a record'
    : 'differs from another name only in case'
}

/** More names than this, most of them in few objects, are data, not fields: `{"2023-05-01": 71, "2023-05-02": 64}`. */
const mostNames = 30
/** No feed has this many fields: it is a file of another kind. */
const tooManyNames = 2000

/**
 * Infers the shape of JSON records: objects, lists and single values, with the fields in the order of their first
 * occurrence. It ignores, by name, a field whose kind changes between records or whose name a DuckDB struct cannot
 * hold.
 *
 * @throws UsageError if a record is not an object, no record has a field, or names are data
 */
export function inferShape(records: readonly unknown[]): InferredShape {
  const seen = nothing()
  for (const record of records) observe(seen, record)
  const others = records.length - seen.objects
  if (others > 0 || seen.objects === 0) {
    throw new UsageError(
      `Expected every record to be an object, found ${others} of ${countText(records.length, 'record')} that ` +
        `${others === 1 ? 'is' : 'are'} not.`,
    )
  }
  const unread: string[] = []
  const record = objectOf(seen, '', unread, true)
  if (record?.kind === 'object') return { record, unread }
  throw new UsageError('Expected records with fields, found none that Caseload can read.')
}

const nothing = (): Seen => ({ scalars: 0, lists: 0, objects: 0, element: undefined, fields: new Map() })

function observe(seen: Seen, value: unknown): void {
  if (value === null || value === undefined) return
  if (Array.isArray(value)) {
    seen.lists++
    seen.element ??= nothing()
    for (const element of value) observe(seen.element, element)
  } else if (typeof value === 'object') {
    seen.objects++
    for (const [name, field] of Object.entries(value)) {
      const known = seen.fields.get(name) ?? nothing()
      seen.fields.set(name, known)
      observe(known, field)
    }
  } else seen.scalars++
}

/** @returns undefined if no one shape accepts all the values */
function shapeOf(seen: Seen, path: string, unread: string[]): Shape | undefined {
  const kinds = [seen.scalars, seen.lists, seen.objects].filter(count => count > 0).length
  if (kinds > 1) return undefined
  if (seen.objects > 0) return isKeyedByData(seen) ? map : objectOf(seen, `${path}.`, unread, false)
  if (seen.lists === 0) return scalar
  const element = shapeOf(seen.element ?? nothing(), `${path}[]`, unread)
  return element === undefined ? undefined : list(element)
}

/** ` (14 objects, 1 single value)` for a field whose kind changes; otherwise nothing. */
function kindsOf({ scalars, lists, objects }: Seen): string {
  const words = [
    [objects, 'object'],
    [lists, 'list'],
    [scalars, 'single value'],
  ] as const
  const there = words.filter(([count]) => count > 0)
  if (there.length < 2) return ''
  return ` (${there.map(([count, word]) => countText(count, word)).join(', ')})`
}

function isKeyedByData(seen: Seen): boolean {
  const places = [...seen.fields.values()]
  if (places.some(place => place.lists > 0 || place.objects > 0)) return false
  const there = places.reduce((sum, place) => sum + place.scalars, 0)
  return (seen.fields.size > mostNames && there < (seen.objects * seen.fields.size) / 2) || looksLikeData(seen)
}

function looksLikeData({ fields }: Seen): boolean {
  return areDataKeys(
    [...fields].map(([name, place]) => ({
      name,
      isNested: place.objects > 0 || place.lists > 0,
      fields: [...(place.element ?? place).fields.keys()],
    })),
  )
}

/** Refuses names that are values: they would end up in the class, its SELECTs and messages. */
function requireFields(seen: Seen, path: string): void {
  const where = path === '' ? 'the records' : path.slice(0, -1)
  if (seen.fields.size <= tooManyNames && !looksLikeData(seen)) return
  throw new UsageError(
    `Expected field names in ${where}, found ${countText(seen.fields.size, 'name that looks', 'names that look')} like data: ids, ` +
      'dates or numbers. Make the feed deliver a list instead, with each of these names as the value of a field.',
  )
}

function objectOf(seen: Seen, path: string, unread: string[], isRecord: boolean): ObjectShape | undefined {
  requireFields(seen, path)
  const fields: [string, Shape][] = []
  const ignored: string[] = []
  const taken = new Set(isRecord ? relationColumns : [])
  for (const [name, place] of seen.fields) {
    if (/[\0\p{Surrogate}]/u.test(name))
      throw new UsageError('Expected field names of valid text, found a NUL or a lone surrogate. Correct the sample.')
    const key = name.toLowerCase()
    const inner: string[] = []
    const shape = taken.has(key) || !isName(name) ? undefined : shapeOf(place, path + name, inner)
    if (shape === undefined) {
      ignored.push(name)
      const why = taken.has(key) ? ` (${whyTaken(key)})` : kindsOf(place)
      unread.push(isName(name) ? `${path}${name}${why}` : `${path}(a field name that is not a word)`)
    } else {
      // DuckDB compares the names in a struct without their case.
      taken.add(key)
      fields.push([name, shape])
      unread.push(...inner)
    }
  }
  return fields.length === 0 ? undefined : object(Object.fromEntries(fields), ignored)
}

/** True for names that SQL can take in a path; `__proto__` would set the prototype of the object that declares it. */
function isName(name: string): boolean {
  return /^[\p{L}_@$][\p{L}\p{N}_@$ .:/-]*$/u.test(name) && name !== '__proto__'
}
