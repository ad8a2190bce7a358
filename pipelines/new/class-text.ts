import type { Input, ObjectShape, Shape } from '../inputs.ts'
import { fillTemplate } from '../template.ts'

/** What stands in the file of a new source. */
export interface ClassParts {
  readonly source: string
  readonly inputs: readonly { readonly name: string; readonly input: Input }[]
  readonly tables: readonly string[]
  /** Names of the files it was made from. */
  readonly samples: readonly string[]
  /** True if readings of one key are numbered, because the sample has no number of theirs. */
  readonly numbersReadings: boolean
  readonly language: 'ts' | 'js'
}

const widest = 120

/** Writes the module of a new source, as prettier would leave it at 120 columns, single quotes and no semicolons. */
export function classText(parts: ClassParts): string {
  const { source, inputs, tables, samples, language } = parts
  const shapes: string[] = []
  const names = new Set<string>()
  const declared = inputs.map(
    ({ name, input }) => `    ${name}: ${input.format === 'json' ? jsonText(input, shapes, names) : csvText(input)},\n`,
  )
  // Without what stands in quotes: a file may be called list(1).csv.
  const used = `${declared.join('')} ${shapes.join(' ')}`.replaceAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "''")
  const helpers = ['csv', 'json', 'list', 'map', 'object', 'scalar'].filter(name =>
    new RegExp(['scalar', 'map'].includes(name) ? `[:(] ?${name}\\b` : `\\b${name}\\(`).test(used),
  )
  const number = `override readonly onConflict = { measurements: { number: 'reading_no' } } as const`
  const text = fillTemplate(new URL('./templates/source.ts.tmpl', import.meta.url), {
    imports: [...helpers, 'Transformer'].join(', '),
    shapes: shapes.length === 0 ? '' : `\n${shapes.join('\n')}\n`,
    samples: samples.join(', '),
    class: className(source),
    inputs: declared.join(''),
    tables: listText(tables, 2, '  override readonly tables = '),
    members: parts.numbersReadings
      ? `\n  /** Several values of one patient, moment, type and device are all readings. */\n  ${number}\n`
      : '',
  })
  return language === 'ts' ? text : text.replaceAll(/^ {2}override readonly /gm, '  ').replaceAll(/ as const$/gm, '')
}

/** `ward_vitals` as `WardVitals`. */
export function className(source: string): string {
  return source
    .split('_')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

function jsonText(input: Extract<Input, { format: 'json' }>, shapes: string[], names: Set<string>): string {
  const { fields, ignored } = input.record
  const entries = Object.entries(fields).map(
    ([name, shape]) => `${key(name)}: ${shapeText(shape, name, shapes, names)}`,
  )
  const files = `files: ${listText(input.files, 6, '      files: ')},`
  const record =
    ignored.length > 0
      ? `object(${objectText(entries, 8, '      record: object(')}, ${listText(ignored, 8, '        ')})`
      : objectText(entries, 6, '      record: ')
  return `json({\n      ${files}\n      record: ${record},\n    })`
}

/** A nested object becomes a constant before its record, so that no line is deep. */
function shapeText(shape: Shape, name: string, shapes: string[], names: Set<string>): string {
  if (shape.kind === 'scalar' || shape.kind === 'map') return shape.kind
  if (shape.kind === 'list') return `list(${shapeText(shape.element, name, shapes, names)})`
  return constant(shape, name, shapes, names)
}

function constant({ fields, ignored }: ObjectShape, name: string, shapes: string[], names: Set<string>): string {
  const entries = Object.entries(fields).map(
    ([inner, shape]) => `${key(inner)}: ${shapeText(shape, inner, shapes, names)}`,
  )
  const stem = `${name.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '').replace(/^[0-9]*/, '') || 'inner'}Fields`
  let free = stem
  for (let number = 2; names.has(free); number++) free = `${stem}${number}`
  names.add(free)
  const start = `const ${free} = object(`
  const body =
    ignored.length > 0
      ? `\n  ${objectText(entries, 2, '  ')},\n  ${listText(ignored, 2, '  ')},\n`
      : objectText(entries, 0, start)
  shapes.push(`${start}${body})`)
  return free
}

function csvText(input: Extract<Input, { format: 'csv' }>): string {
  const { files, columns, ignored, delimiter, encoding } = input
  const members = [
    ['files', listText(files, 6, '      files: ')],
    ['columns', listText(columns, 6, '      columns: ')],
    ...(ignored === undefined ? [] : [['ignored', listText(ignored, 6, '      ignored: ')]]),
    ...(delimiter === undefined ? [] : [['delimiter', quoted(delimiter)]]),
    ...(encoding === undefined ? [] : [['encoding', quoted(encoding)]]),
  ]
  return `csv({\n${members.map(([name = '', text = '']) => `      ${name}: ${text},\n`).join('')}    })`
}

/** @param before what stands on its line before it, for its length; the comma behind it counts too */
function listText(items: readonly string[], indent: number, before: string): string {
  const line = `[${items.map(quoted).join(', ')}]`
  if (before.length + line.length + 1 <= widest) return line
  const inner = ' '.repeat(indent + 2)
  return `[\n${items.map(item => `${inner}${quoted(item)},\n`).join('')}${' '.repeat(indent)}]`
}

function objectText(entries: readonly string[], indent: number, before: string): string {
  const line = `{ ${entries.join(', ')} }`
  if (before.length + line.length + 1 <= widest) return line
  const inner = ' '.repeat(indent + 2)
  return `{\n${entries.map(entry => `${inner}${entry},\n`).join('')}${' '.repeat(indent)}}`
}

const key = (name: string): string => (/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : quoted(name))

/** A string as prettier writes it: single quotes, unless double ones need fewer escapes. */
function quoted(text: string): string {
  const plain = JSON.stringify(text)
  const isDouble = text.includes("'") && text.split("'").length > text.split('"').length
  return isDouble ? plain : `'${plain.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
