import { sameName } from '../../read/csv-header.ts'
import { fieldPath } from '../../source/field-paths.ts'
import type { Input, Shape } from '../../source/inputs.ts'
import type { DeliveredField } from './delivered-fields.ts'

/**
 * `new`: delivered, and neither declared nor ignored; `absent`: declared, and in no file; `declared`: declared and delivered;
 * `ignored`: delivered and not read. In the order of a list for people.
 */
const states = ['new', 'absent', 'declared', 'ignored'] as const

/** A field of an input that is declared, delivered, or both. */
export interface FieldState {
  /** Null if its name may be a value: then `note` tells where it is. */
  readonly field: string | null
  readonly state: (typeof states)[number]
  /** Where a field without a shown name is, or why a new one cannot be declared as it is; null for others. */
  readonly note: string | null
  /** Number of files that have it. */
  readonly files: number
}

/** Compares what an input declares with what was delivered. */
export function compareFields(input: Input, delivered: readonly DeliveredField[]): readonly FieldState[] {
  const same = input.format === 'csv' ? sameName(input) : (path: string): string => path
  const declared = new Map(declaredPaths(input).map(path => [same(path), path]))
  const ignored = new Set(ignoredPaths(input).map(same))
  const unit = input.format === 'csv' ? 'column' : 'record'
  // A field that is a single value here and an object there has both paths.
  const leafPaths = [...declared.values(), ...delivered.filter(({ kind }) => kind === 'value').map(({ path }) => path)]
  const isTwofold = (path: string): boolean =>
    input.format === 'json' && leafPaths.some(other => isInside(path, other) || isInside(other, path))
  // An object that is empty in one record and filled in another is told by its fields.
  const told = delivered.filter(
    ({ path, kind }) => !['list', 'object'].includes(kind) || !delivered.some(other => isInside(other.path, path)),
  )
  const found = told.map((one): FieldState => {
    const { path: field, files } = one
    if (ignored.has(same(field))) return { field, state: 'ignored', note: null, files }
    if (declared.has(same(field)) || declaresWithin(field, one.kind, declared)) {
      return { field, state: 'declared', note: null, files }
    }
    return {
      field: one.isDoubtful ? null : field,
      state: 'new',
      note: noteOf(isTwofold(field) ? { ...one, kind: 'mixed' } : one, unit),
      files,
    }
  })
  const there = new Set(delivered.map(({ path }) => same(path)))
  const absent = [...declared].flatMap(([key, field]): readonly FieldState[] =>
    there.has(key) ? [] : [{ field, state: 'absent', note: null, files: 0 }],
  )
  return [...found, ...absent].sort((a, b) => states.indexOf(a.state) - states.indexOf(b.state))
}

/** The new fields that can be declared as they are. */
export function declarable(fields: readonly FieldState[]): readonly string[] {
  return fields.flatMap(({ field, state, note }) => (state === 'new' && note === null && field !== null ? [field] : []))
}

function noteOf({ isDoubtful, kind, position, length }: DeliveredField, unit: string): string | null {
  if (isDoubtful) return `a name of ${length} characters in ${unit} ${position} that looks like a value`
  if (kind === 'value') return null
  return kind === 'mixed' ? 'several kinds of values: name it in ignored' : `an empty ${kind} in ${unit} ${position}`
}

/** The columns of a CSV input; of JSON the paths of all single values and maps. */
function declaredPaths(input: Input): readonly string[] {
  return input.format === 'csv' ? [...input.columns, ...(input.optional ?? [])] : leaves(input.record, '')
}

function leaves(shape: Shape, path: string): readonly string[] {
  if (shape.kind === 'list') return leaves(shape.element, `${path}[]`)
  if (shape.kind !== 'object') return [path]
  return Object.entries(shape.fields).flatMap(([name, field]) => leaves(field, fieldPath(path, name)))
}

function ignoredPaths(input: Input): readonly string[] {
  return input.format === 'csv' ? (input.ignored ?? []) : ignoredWithin(input.record, '')
}

function ignoredWithin(shape: Shape, path: string): readonly string[] {
  if (shape.kind === 'list') return ignoredWithin(shape.element, `${path}[]`)
  if (shape.kind !== 'object') return []
  const inner = Object.entries(shape.fields).flatMap(([name, field]) => ignoredWithin(field, fieldPath(path, name)))
  return [...shape.ignored.map(name => fieldPath(path, name)), ...inner]
}

/** True for an empty list or object that is declared with something in it. */
function declaresWithin(path: string, kind: DeliveredField['kind'], declared: ReadonlyMap<string, string>): boolean {
  if (kind === 'value') return false
  return [...declared.values()].some(longer => isInside(longer, path))
}

const isInside = (longer: string, path: string): boolean =>
  longer.startsWith(`${path}.`) || longer.startsWith(`${path}[]`)
