import type { Input, ObjectShape, Shape } from '../source/inputs.ts'
import { fillTemplate } from './template.ts'
import { callText, listText, type Member, objectText, quoted } from './literal-text.ts'

/** The content of the class of a new source. */
export interface ClassParts {
  readonly source: string
  readonly inputs: readonly { readonly name: string; readonly input: Input }[]
  readonly tables: readonly string[]
  /** File names of the samples. */
  readonly samples: readonly string[]
  /** True if Caseload numbers readings with the same key, because the sample has no number for them. */
  readonly numbersReadings: boolean
  /** Tables whose rows belong to a visit and are delivered without it, each by itself. */
  readonly entities: readonly string[]
  readonly language: 'ts' | 'js'
}

/** Writes the module of a new source, formatted as prettier does at 120 columns, with single quotes and no semicolons. */
export function classText(parts: ClassParts): string {
  const { source, inputs, tables, samples, language } = parts
  const name = className(source)
  const constants: Constants = { texts: [], names: new Set([name]) }
  const declared = inputs.map(one => inputText(one, constants))
  const helpers = helpersIn(`${declared.join('')} ${constants.texts.join(' ')}`)
  const [modifiers, constant] = language === 'ts' ? ['override readonly ', ' as const'] : ['', '']
  const number = `${modifiers}onConflict = { measurements: { number: 'reading_no' } }${constant}`
  const entities = parts.entities.map(table => ({ name: table, value: "'entity'" }))
  const childrenStart = `${modifiers}children = `
  const children = `${childrenStart}${objectText(entities, { indent: 2, before: childrenStart, after: constant })}${constant}`
  const tablesStart = `${modifiers}tables = `
  return fillTemplate(new URL('./templates/source.ts.tmpl', import.meta.url), {
    imports: [...helpers, 'Transformer'].join(', '),
    shapes: constants.texts.length === 0 ? '' : `\n${constants.texts.join('\n')}\n`,
    samples: samples.join(', '),
    class: name,
    modifiers,
    inputs: declared.join(''),
    tables: `${tablesStart}${listText(tables, { indent: 2, before: tablesStart, after: '' })}`,
    members: [
      ...(entities.length === 0
        ? []
        : [`\n  /** Facts with ids of their own: they show whatever batch their visit comes in. */\n  ${children}\n`]),
      ...(parts.numbersReadings
        ? [
            `\n  /** Several values with the same patient, moment, type and device are separate readings. */\n  ${number}\n`,
          ]
        : []),
    ].join(''),
  })
}

/** The functions and values of Caseload that the text of inputs names. */
export function helpersIn(text: string): readonly string[] {
  // Without the text in quotes: a file may be called list(1).csv.
  const used = text.replaceAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "''")
  return ['csv', 'json', 'list', 'map', 'object', 'scalar'].filter(helper =>
    new RegExp(['scalar', 'map'].includes(helper) ? `[:(]\\s*${helper}\\b` : `\\b${helper}\\(`).test(used),
  )
}

/** The text of an input, not indented, and the constants that it names. */
export function inputLines(source: string, input: ClassParts['inputs'][number]): readonly string[] {
  const constants: Constants = { texts: [], names: new Set([className(source)]) }
  const text = inputText(input, constants)
  return [...constants.texts, text.trimEnd().replaceAll(/^ {4}/gm, '')]
}

function inputText({ name, input }: ClassParts['inputs'][number], constants: Constants): string {
  const text = input.format === 'json' ? jsonText(input, constants) : csvText(input)
  return `    ${name}: ${text},\n`
}

/** Names that would hide a global or an import, or that no class may have. */
const takenNames: readonly string[] = ['Transformer', 'Object', 'Infinity']

/** `ward_vitals` as `WardVitals`. */
export function className(source: string): string {
  const name = source
    .split('_')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
  return takenNames.includes(name) ? `${name}Source` : name
}

/** Constants for nested objects, each before the object that contains it, so that lines are not deeply nested. */
interface Constants {
  readonly texts: string[]
  /** Identifiers in use. */
  readonly names: Set<string>
}

function shapeText(shape: Shape, field: string, constants: Constants): string {
  if (shape.kind === 'scalar' || shape.kind === 'map') return shape.kind
  if (shape.kind === 'list') return `list(${shapeText(shape.element, field, constants)})`
  const members = membersOf(shape, constants)
  const name = constantName(field, constants)
  const start = `const ${name} = `
  constants.texts.push(`${start}${callText(members, shape.ignored, { indent: 0, before: start, after: '' })}`)
  return name
}

function membersOf({ fields }: ObjectShape, constants: Constants): readonly Member[] {
  return Object.entries(fields).map(([name, shape]) => ({ name, value: shapeText(shape, name, constants) }))
}

/** Maximum length of a field's name in its constant's name: with more, prettier breaks a line within `list(...)`. */
const longestStem = 20

function constantName(field: string, { names }: Constants): string {
  const words = field.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '')
  const stem = `${words.replace(/^[0-9]+/, '').slice(0, longestStem) || 'inner'}Fields`
  let free = stem
  for (let number = 2; names.has(free); number++) free = `${stem}${number}`
  names.add(free)
  return free
}

function jsonText({ files, record, presence }: Extract<Input, { format: 'json' }>, constants: Constants): string {
  const members = membersOf(record, constants)
  const place = { indent: 6, before: 'record: ', after: ',' }
  const text = record.ignored.length > 0 ? callText(members, record.ignored, place) : objectText(members, place)
  return `json({\n      files: ${listText(files, { ...place, before: 'files: ' })},\n      record: ${text},\n${presenceText(presence)}    })`
}

const presenceText = (presence: Input['presence']): string =>
  presence === undefined ? '' : `      presence: ${quoted(presence)},\n`

function csvText(input: Extract<Input, { format: 'csv' }>): string {
  const { files, columns, ignored, headers, skip, delimiter, encoding, presence } = input
  const list = (name: string, items: readonly string[]): string =>
    `${name}: ${listText(items, { indent: 6, before: `${name}: `, after: ',' })}`
  const members = [
    list('files', files),
    list('columns', columns),
    ...(ignored === undefined ? [] : [list('ignored', ignored)]),
    ...(headers === undefined ? [] : [`headers: ${quoted(headers)}`]),
    ...(skip === undefined ? [] : [`skip: ${skip}`]),
    ...(delimiter === undefined ? [] : [`delimiter: ${quoted(delimiter)}`]),
    ...(encoding === undefined ? [] : [`encoding: ${quoted(encoding)}`]),
  ]
  return `csv({\n${members.map(member => `      ${member},\n`).join('')}${presenceText(presence)}    })`
}
