import { shapeOfPaths } from '../../source/field-paths.ts'
import type { Input, Shape } from '../../source/inputs.ts'

/** The line that declares new fields in the class of a source, for an input that reads no file of fields. */
export function fieldsToPaste(name: string, input: Input, added: readonly string[]): string {
  if (input.format === 'json') return `${name}, into record: ${members(shapeOfPaths(added).fields)},`
  const columns = [...(input.optional ?? []), ...added].map(quoted).join(', ')
  return `${name}: optional: [${columns}],`
}

function members(fields: Readonly<Record<string, Shape>>): string {
  return Object.entries(fields)
    .map(
      ([name, shape]) => `${/^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name) ? name : quoted(name)}: ${text(shape)}`,
    )
    .join(', ')
}

function text(shape: Shape): string {
  if (shape.kind === 'list') return `list(${text(shape.element)})`
  return shape.kind === 'object' ? `object({ ${members(shape.fields)} })` : shape.kind
}

const quoted = (name: string): string =>
  `'${JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
