import { declarable } from '../operate/fields/compare-fields.ts'
import { fieldsToPaste } from '../operate/fields/fields-to-paste.ts'
import type { Source } from '../source/load-source.ts'
import { helpersIn, inputLines } from './class-text.ts'
import { listText, objectText, quoted } from './literal-text.ts'
import { formatOf, patternOf } from './sample-file.ts'
import type { UpdateSample } from './update-samples.ts'

/** What a class lacks besides its inputs. */
export interface ClassUpdate {
  readonly classText: string
  /** Tables that it does not fill yet. */
  readonly tables: readonly string[]
  /** Those among them whose rows are entities. */
  readonly entities: readonly string[]
  /** True if Caseload numbers readings with the same key. */
  readonly numbersReadings: boolean
}

/** The lines to paste into the class of a source. */
export function classLines(
  { name, transformer }: Source,
  samples: readonly UpdateSample[],
  { classText, tables, entities, numbersReadings }: ClassUpdate,
): readonly string[] {
  const inputs = samples.flatMap(sample =>
    // Older deliveries do not have the file.
    sample.declared === undefined
      ? inputLines(name, { ...sample, input: { ...sample.input, presence: 'optional' } })
      : fieldLines(sample, sample.declared),
  )
  const helpers = helpersIn(inputs.join('\n')).filter(helper => !new RegExp(`\\b${helper}\\b`).test(classText))
  const children = { ...transformer.children, ...Object.fromEntries(entities.map(table => [table, 'entity'])) }
  const member = (text: string, values: Readonly<Record<string, string>>): string =>
    `${text} = ${objectText(
      Object.entries(values).map(([key, value]) => ({ name: key, value })),
      { indent: 2, before: `${text} = `, after: '' },
    )}`
  return [
    ...(helpers.length === 0 ? [] : [`import { ${helpers.join(', ')} } from 'caseload'`]),
    ...inputs,
    ...(tables.length === 0
      ? []
      : [`tables = ${listText([...transformer.tables, ...tables], { indent: 2, before: 'tables = ', after: '' })}`]),
    ...(entities.length === 0
      ? []
      : [member('children', Object.fromEntries(Object.entries(children).map(([key, kind]) => [key, quoted(kind)])))]),
    ...(numbersReadings ? [`onConflict, into it: measurements: { number: 'reading_no' },`] : []),
  ]
}

function fieldLines(
  { name, file, fields, isUnmatched }: UpdateSample,
  declared: UpdateSample['input'],
): readonly string[] {
  const added = declarable(fields)
  const files = [...declared.files, patternOf(file)]
  return [
    ...(isUnmatched && formatOf(file) !== 'parquet'
      ? [`${name}: files: ${listText(files, { indent: 6, before: 'files: ', after: ',' })},`]
      : []),
    ...(added.length === 0
      ? []
      : declared.fields === undefined
        ? [fieldsToPaste(name, declared, added)]
        : [`into ${declared.fields} beside the class: ${quotedJson(name)}: ${added.map(quotedJson).join(', ')}`]),
  ]
}

const quotedJson = (text: string): string => JSON.stringify(text)
