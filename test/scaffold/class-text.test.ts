import { readFileSync } from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { format, type Options } from 'prettier'
import ts from 'typescript'
import { allContracts } from '../../pipelines/contract/tables/contracts.ts'
import {
  csv,
  type Input,
  json,
  list,
  map,
  object,
  type ObjectShape,
  scalar,
  type Shape,
} from '../../pipelines/source/inputs.ts'
import { className, type ClassParts, classText } from '../../pipelines/scaffold/class-text.ts'
import { testText } from '../../pipelines/scaffold/template.ts'
import { root } from '../helpers/cli.ts'

const style = JSON.parse(readFileSync(`${root}/.prettierrc.json`, 'utf8')) as Options

const formatted = (text: string, language: 'ts' | 'js'): Promise<string> =>
  format(text, { ...style, parser: language === 'ts' ? 'typescript' : 'babel' })

/** Every name that a module declares or imports, in order. */
function identifiersOf(text: string): readonly string[] {
  const file = ts.createSourceFile('any.ts', text, ts.ScriptTarget.Latest)
  return file.statements.flatMap(statement => {
    if (ts.isClassDeclaration(statement)) return [statement.name?.text ?? '']
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => (ts.isIdentifier(name) ? name.text : ''))
    }
    const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined
    return bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name.text) : []
  })
}

const names = fc.oneof(
  fc.constantFrom('id', 'patient', 'Patient', 'ward vitals', 'wardVitals', 'list', 'map', 'scalar', 'object', 'ä', '$'),
  fc.stringMatching(/^[a-z]{1,12}(?:[_.]?[A-Za-z0-9]{1,10}){0,4}$/),
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9 _]{20,150}$/),
  fc.string({ unit: fc.constantFrom('患', '者', 'ガ', '한', 'é', 'e\u0301', '_', 'Ａ'), minLength: 2, maxLength: 30 }),
)
const anyTexts = fc.array(fc.oneof(names, fc.string({ maxLength: 30 })), { minLength: 1, maxLength: 12 })
const { record } = fc.letrec<{ shape: Shape; record: ObjectShape }>(tie => ({
  shape: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(scalar, scalar, map),
    tie('shape').map(list),
    tie('record'),
  ),
  record: fc
    .tuple(
      fc.uniqueArray(fc.tuple(names, tie('shape')), { minLength: 1, maxLength: 9, selector: ([name]) => name }),
      fc.oneof(fc.constant([]), fc.array(names, { maxLength: 4 })),
    )
    .map(([fields, ignored]) => object(Object.fromEntries(fields), ignored)),
}))
const csvs = fc
  .record({
    files: anyTexts,
    columns: anyTexts,
    ignored: fc.option(anyTexts, { nil: undefined }),
    delimiter: fc.constantFrom(undefined, ';' as const, '\t' as const),
    encoding: fc.constantFrom(undefined, 'windows-1252'),
  })
  .map(({ files: [file = ''], columns: [column = '', ...columns], ignored, delimiter, encoding }) =>
    csv({
      files: [file],
      columns: [column, ...columns],
      ...(ignored === undefined ? {} : { ignored }),
      ...(delimiter === undefined ? {} : { delimiter }),
      ...(encoding === undefined ? {} : { encoding }),
    }),
  )
const inputs = fc.oneof<[fc.Arbitrary<Input>, fc.Arbitrary<Input>]>(
  fc.record({ file: names, record }).map(one => json({ files: [one.file], record: one.record })),
  csvs,
)
const sources = fc.oneof(
  fc.constantFrom('transformer', 'patient_fields', 'ward', 'object', 'json', 'infinity'),
  fc.stringMatching(/^[a-z][a-z0-9]{0,8}(?:_[a-z0-9]{1,8}){0,2}$/),
)
const tables = fc.uniqueArray(fc.constantFrom(...allContracts().map(({ table }) => table)), { minLength: 1 })
const parts: fc.Arbitrary<ClassParts> = fc.record({
  source: sources,
  inputs: fc.uniqueArray(fc.record({ name: fc.stringMatching(/^[a-z][a-z0-9_]{0,39}$/), input: inputs }), {
    minLength: 1,
    maxLength: 3,
    selector: ({ name }) => name,
  }),
  tables,
  samples: fc.array(fc.stringMatching(/^[a-z_]{1,30}[.]csv$/), { minLength: 1, maxLength: 5 }),
  numbersReadings: fc.boolean(),
  entities: fc.subarray(['diagnoses', 'procedures', 'treatments']),
  language: fc.constantFrom('ts', 'js'),
})

test('a class is formatted as prettier does, and its names are unique', async t => {
  const property = fc.asyncProperty(parts, async made => {
    const text = classText(made)
    t.is(await formatted(text, made.language), text)
    const identifiers = identifiersOf(text)
    t.deepEqual(identifiers, [...new Set(identifiers)])
    t.true(identifiers.includes('Transformer') && identifiers.includes(className(made.source)))
  })
  await fc.assert(property, { numRuns: 400 })
})

test('a test is formatted as prettier does, however long the names of its source and tables are', async t => {
  const property = fc.asyncProperty(
    fc.stringMatching(/^[a-z]{1,30}$/),
    tables,
    fc.constantFrom('clone' as const, 'project' as const),
    async (source, filled, kind) => {
      const text = testText({ source, date: '2023-05-01', tables: filled, kind })
      t.is(await formatted(text, kind === 'clone' ? 'ts' : 'js'), text)
    },
  )
  await fc.assert(property, { numRuns: 100 })
})

test('records with ignored fields stay on one line if they fit', t => {
  const text = classText({
    source: 'patient_fields',
    inputs: [
      {
        name: 'a',
        input: json({ files: ['a.json'], record: object({ Patient: object({ id: scalar }, ['x']) }, ['y']) }),
      },
    ],
    tables: ['patients'],
    samples: ['a.json'],
    numbersReadings: false,
    entities: [],
    language: 'ts',
  })
  t.true(text.includes("\nconst PatientFields2 = object({ id: scalar }, ['x'])\n"), text)
  t.true(text.includes("      record: object({ Patient: PatientFields2 }, ['y']),\n"), text)
  t.true(text.includes('export class PatientFields extends Transformer {'), text)
  t.is(className('transformer'), 'TransformerSource')
})
