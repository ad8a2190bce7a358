import { UsageError } from '../platform/errors.ts'
import { list, map, object, type ObjectShape, scalar, type Shape } from '../source/inputs.ts'
import { areDataKeys } from './data-keys.ts'

/** A shape that takes every record it was made from. */
export interface InferredShape {
  readonly record: ObjectShape
  /** Paths of fields that no one shape takes, such as `visits[].code`: the shape lets them be there and reads nothing of them. */
  readonly unread: readonly string[]
}

/** What stood at one place of the records. */
interface Seen {
  scalars: number
  lists: number
  objects: number
  element: Seen | undefined
  readonly fields: Map<string, Seen>
}

/** What every relation has besides the fields of its records; a feed's own of these names cannot be read. */
export const relationColumns: readonly string[] = ['file_no', 'record_no']

/** @returns why a field is not read whose name, in lower case, is taken already */
export function whyTaken(name: string): string {
  return relationColumns.includes(name)
    ? "Caseload's own name for the place of a record"
    : 'only its case tells it from another'
}

/** So many names, most of them in few objects, are no fields but data: `{"2023-05-01": 71, "2023-05-02": 64}`. */
const mostNames = 30
/** More names than any feed has: a file of another kind. */
const tooManyNames = 2000

/**
 * Infers the shape of JSON records: objects, lists and single values as they occur, fields in the order in which they were
 * first seen. A field that is now a list and now an object, or whose name DuckDB's structs cannot hold, is ignored by name.
 *
 * @throws UsageError if a record is no object, no record has a field, or names are data
 */
export function inferShape(records: readonly unknown[]): InferredShape {
  const seen = nothing()
  for (const record of records) observe(seen, record)
  if (seen.objects !== records.length || seen.objects === 0) {
    throw new UsageError(
      `Expected records that are objects, found ${records.length - seen.objects} of ${records.length} that are none.`,
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

/** @returns undefined where no one shape takes all that was seen */
function shapeOf(seen: Seen, path: string, unread: string[]): Shape | undefined {
  const kinds = [seen.scalars, seen.lists, seen.objects].filter(count => count > 0).length
  if (kinds > 1) return undefined
  if (seen.objects > 0) return isKeyedByData(seen) ? map : objectOf(seen, `${path}.`, unread, false)
  if (seen.lists === 0) return scalar
  const element = shapeOf(seen.element ?? nothing(), `${path}[]`, unread)
  return element === undefined ? undefined : list(element)
}

/** ` (14 objects, 1 single value)` where a field is now the one and now the other. */
function kindsOf({ scalars, lists, objects }: Seen): string {
  const words = [
    [objects, 'object', 'objects'],
    [lists, 'list', 'lists'],
    [scalars, 'single value', 'single values'],
  ] as const
  const there = words.filter(([count]) => count > 0)
  if (there.length < 2) return ''
  return ` (${there.map(([count, one, many]) => `${count} ${count === 1 ? one : many}`).join(', ')})`
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

/** Names that are values would stand in the class, in its SELECTs and in messages. */
function requireFields(seen: Seen, path: string): void {
  const where = path === '' ? 'the records' : path.slice(0, -1)
  if (seen.fields.size <= tooManyNames && !looksLikeData(seen)) return
  throw new UsageError(
    `Expected fields in ${where}, found ${seen.fields.size} ${seen.fields.size === 1 ? 'name that looks' : 'names that look'} like data: ` +
      'ids, dates or numbers. Have each of them delivered as an element of a list, its name as a field of it.',
  )
}

function objectOf(seen: Seen, path: string, unread: string[], isRecord: boolean): ObjectShape | undefined {
  requireFields(seen, path)
  const fields: [string, Shape][] = []
  const ignored: string[] = []
  const taken = new Set(isRecord ? relationColumns : [])
  for (const [name, place] of seen.fields) {
    if (/[\0\p{Surrogate}]/u.test(name))
      throw new UsageError('Expected field names of text, found NUL or half a character.')
    const key = name.toLowerCase()
    const inner: string[] = []
    const shape = taken.has(key) || !isName(name) ? undefined : shapeOf(place, path + name, inner)
    if (shape === undefined) {
      ignored.push(name)
      const why = taken.has(key) ? ` (${whyTaken(key)})` : kindsOf(place)
      unread.push(isName(name) ? `${path}${name}${why}` : `${path}(a name that is no word)`)
    } else {
      // DuckDB's structs tell names apart only by more than their case.
      taken.add(key)
      fields.push([name, shape])
      unread.push(...inner)
    }
  }
  return fields.length === 0 ? undefined : object(Object.fromEntries(fields), ignored)
}

/** Names that can be written as a path in SQL; `__proto__` would set the prototype of the object it is declared in. */
function isName(name: string): boolean {
  return /^[\p{L}_@$][\p{L}\p{N}_@$ .:/-]*$/u.test(name) && name !== '__proto__'
}
