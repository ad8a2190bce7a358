import { countText } from '../platform/count-text.ts'
import { valueLikeNames } from '../source/value-like-name.ts'

/** A field of an object, or a column of a header, that the source neither declares nor ignores. */
export interface UnknownField {
  /** Path of the object, such as `visits[]`; empty for a column and for a field of the record itself. */
  readonly path: string
  readonly name: string
  /** File and place where it was first seen: the number of the column or the record, from 1. */
  readonly fileNo: number
  readonly position: number
  /** Declared names that were delivered in the same object. */
  readonly beside: readonly string[]
}

/** A file of another source can have 10,000 unknown columns. */
const mostShown = 50

/**
 * Unknown fields for a message. A name is structure and is shown; one that looks like a value may be a patient's, so its place
 * and length are shown instead.
 *
 * @param unit what the positions count
 * @param mayBeRecord true if the names can be the values of a first record: then no name is shown
 */
export function shownFields(
  fields: readonly UnknownField[],
  unit: 'column' | 'record',
  mayBeRecord = false,
): readonly string[] {
  return fieldsByPath(fields).flatMap(ofObject => {
    const doubtful = valueLikeNames(
      ofObject.map(({ name }) => name),
      ofObject.flatMap(({ beside }) => beside),
    )
    return ofObject.map(field => {
      const { name, path } = field
      if (!mayBeRecord && !doubtful.has(name)) return path === '' ? name : `${path}.${name}`
      return placeText(field, unit, mayBeRecord)
    })
  })
}

/** Joins what {@link shownFields} gives; at most 50 of them. */
export function listFields(shown: readonly string[]): string {
  const more = shown.length > mostShown ? ` and ${shown.length - mostShown} more` : ''
  return shown.slice(0, mostShown).join(', ') + more
}

function placeText({ path, name, position }: UnknownField, unit: string, mayBeRecord: boolean): string {
  const object = path === '' ? '' : `${path} of `
  const why = mayBeRecord ? 'that may be a value' : 'that looks like a value'
  return `a name of ${countText(Array.from(name).length, 'character')} in ${object}${unit} ${position} ${why}`
}

function fieldsByPath(fields: readonly UnknownField[]): readonly (readonly UnknownField[])[] {
  const groups = new Map<string, UnknownField[]>()
  for (const field of fields) {
    const group = groups.get(field.path)
    if (group === undefined) groups.set(field.path, [field])
    else group.push(field)
  }
  return [...groups.values()]
}
