import { list, object, type ObjectShape, scalar, type Shape } from './inputs.ts'

/**
 * A field of a record as people write it: `ward`, `address.city`, `visits[].room`, `tags[]`. A name with one of the characters
 * of the notation stands in double quotes: `"a.b"`.
 */
export type FieldPath = string

const step = /^(?:"((?:[^"\\]|\\.)*)"|([^."[\]]+))((?:\[\])*)(?:\.|$)/

/** One step of a path: a name, and how many lists are between it and the next step. */
interface Step {
  readonly name: string
  readonly lists: number
}

/** The path of a field within an object; `''` is the record itself. */
export function fieldPath(object: FieldPath, name: string): FieldPath {
  const written = /^[^."[\]]+$/.test(name) ? name : JSON.stringify(name)
  return object === '' ? written : `${object}.${written}`
}

/** True for a path that {@link shapeOfPaths} takes. */
export function isFieldPath(path: string): boolean {
  return stepsOf(path) !== undefined
}

/** The shape of a record that has these fields, each of them a single value, and no others. */
export function shapeOfPaths(paths: readonly FieldPath[]): ObjectShape {
  return paths.reduce<ObjectShape>((shape, path) => withSteps(shape, stepsOf(path) ?? []), object({}))
}

/**
 * A shape with further fields.
 *
 * @returns undefined if a field is declared as another kind of value already
 */
export function withPaths(shape: ObjectShape, paths: readonly FieldPath[]): ObjectShape | undefined {
  const merged = mergedShape(shape, shapeOfPaths(paths))
  return merged?.kind === 'object' ? merged : undefined
}

function stepsOf(path: string): readonly Step[] | undefined {
  const steps: Step[] = []
  for (let rest = path; rest !== '';) {
    const found = step.exec(rest)
    if (found === null) return undefined
    const [whole, quoted, plain, lists = ''] = found
    const name = quoted === undefined ? plain : parsedName(quoted)
    if (name === undefined || (whole.endsWith('.') && whole.length === rest.length)) return undefined
    steps.push({ name, lists: lists.length / 2 })
    rest = rest.slice(whole.length)
  }
  return steps.length === 0 ? undefined : steps
}

function parsedName(quoted: string): string | undefined {
  try {
    return JSON.parse(`"${quoted}"`) as string
  } catch {
    return undefined
  }
}

function withSteps(shape: ObjectShape, [first, ...rest]: readonly Step[]): ObjectShape {
  if (first === undefined) return shape
  const added = inLists(rest.length === 0 ? scalar : withSteps(object({}), rest), first.lists)
  const before = Object.hasOwn(shape.fields, first.name) ? shape.fields[first.name] : undefined
  const field = before === undefined ? added : (mergedShape(before, added) ?? before)
  return { ...shape, fields: { ...shape.fields, [first.name]: field } }
}

function inLists(shape: Shape, lists: number): Shape {
  return lists === 0 ? shape : list(inLists(shape, lists - 1))
}

function mergedShape(some: Shape, other: Shape): Shape | undefined {
  if (some.kind === 'list' && other.kind === 'list') {
    const element = mergedShape(some.element, other.element)
    return element === undefined ? undefined : list(element)
  }
  if (some.kind !== 'object' || other.kind !== 'object') return some.kind === other.kind ? some : undefined
  const fields: Record<string, Shape> = { ...some.fields }
  for (const [name, field] of Object.entries(other.fields)) {
    const before = Object.hasOwn(fields, name) ? fields[name] : undefined
    const merged = before === undefined ? field : mergedShape(before, field)
    if (merged === undefined) return undefined
    fields[name] = merged
  }
  return { ...some, fields, ignored: some.ignored.filter(name => !Object.hasOwn(fields, name)) }
}
