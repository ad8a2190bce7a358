import test from 'ava'
import { code, date, decimal, email, id, integer, oneOf, text } from '../../../pipelines/contract/columns.ts'
import type { Contract } from '../../../pipelines/contract/contract.ts'
import { drop, warn } from '../../../pipelines/contract/rule-actions.ts'
import { describeTable } from '../../../pipelines/operate/dictionary/describe-table.ts'
import { type Dictionary, findEntry, readDictionary } from '../../../pipelines/operate/dictionary/dictionary.ts'
import { kinds, listPages } from '../../../pipelines/operate/dictionary/list-pages.ts'
import { pageMarkdown, pageText } from '../../../pipelines/operate/dictionary/page.ts'
import { allowedWords, pageOf } from '../../../pipelines/operate/dictionary/pages.ts'
import { columnsOf } from '../../../pipelines/contract/contract.ts'
import { engineColumns, ownEngineColumns } from '../../../pipelines/contract/engine-columns.ts'
import { columnRules } from '../../../pipelines/contract/rule-actions.ts'
import { allContracts } from '../../../pipelines/contract/tables/contracts.ts'
import { UsageError } from '../../../pipelines/platform/errors.ts'
import { loadDeclared, shippedSources } from '../../../pipelines/source/load-source.ts'
import { Transformer } from '../../../pipelines/source/transformer.ts'
import { testProject } from '../../helpers/project.ts'

let read: Promise<Dictionary> | undefined
const shipped = (): Promise<Dictionary> =>
  (read ??= readDictionary([shippedSources], problem => {
    throw new Error(problem)
  }))

const info = { phi: 'none', description: 'x' } as const
const samples = {
  table: 'samples',
  grain: 'one sample',
  key: ['sample_id'],
  references: [],
  shape: {
    sample_id: id(info),
    code: code({ ...info, pattern: 'A[0-9]{2}' }),
    kind: oneOf(['a', 'b'], info),
    mail: email(info).nullable(),
    free: text(info).nullable(),
    short: text({ ...info, maxLength: 10 }).nullable(),
    taken_on: date(info, { min: '2000-01-01' }).nullable(),
    weight: decimal(6, 2, { ...info, unit: 'kg' }, { min: 0, max: 500 }).nullable(),
    tubes: integer(info).nullable(),
  },
  rules: { 'weight.range': drop() },
} as const satisfies Contract

class Lab extends Transformer {
  override readonly inputs = {}
  override readonly tables = ['samples']
  override readonly rules = { 'short.length': warn(), kind: { kind: 'quarantine' } as const }
}
const lab = { name: 'lab', transformer: new Lab(), folder: '/p/sources/lab', sql: () => '' }

test('a column says what its contract allows', t => {
  const { columns } = describeTable(samples, [])
  t.deepEqual(
    columns.map(one => [one.name, one.type, allowedWords(one)]),
    [
      ['sample_id', 'text', '1 to 255 characters'],
      ['code', 'text', 'A[0-9]{2}'],
      ['kind', 'text', 'a, b'],
      ['mail', 'text', columns[3]?.pattern ?? 'no pattern'],
      ['free', 'text', ''],
      ['short', 'text', 'at most 10 characters'],
      ['taken_on', 'date', '2000-01-01 or more'],
      ['weight', 'numeric(6,2)', 'between 0 and 500; in kg'],
      ['tubes', 'integer', ''],
      ['source', 'text', ''],
      ['batch_date', 'date', ''],
    ],
  )
})

test('a rule has the action of its contract, and the sources that change it', t => {
  const { rules, filled_by: filled } = describeTable(samples, [lab])
  const of = (name: string) => rules.find(one => one.name === name)
  t.deepEqual(of('weight.range'), {
    name: 'weight.range',
    column: 'weight',
    broken: 'is not between 0 and 500',
    action: 'drop',
    file: null,
    changes: [],
  })
  t.deepEqual(of('short.length')?.changes, [{ source: 'lab', action: 'warn', reason: null }])
  t.is(of('short.length')?.action, 'quarantine')
  t.is(of('sample_id.required')?.broken, 'is missing')
  t.deepEqual(filled, [
    {
      source: 'lab',
      table: 'samples',
      delivery: 'upsert',
      children: 'document',
      references: 'batch',
      on_conflict: 'newest',
      select: 'sources/lab/samples.sql',
    },
  ])
  const page = pageText(pageOf(describeTable(samples, [lab])), undefined)
  t.regex(page, /short\.length +quarantine +lab: warn +is longer than 10 characters +contract/)
  t.notRegex(page, /sample_id\.required/)
})

test('the dictionary has every table, column and rule, and what fills each', async t => {
  const { tables } = await shipped()
  t.deepEqual(
    tables.map(one => [one.name, one.columns.length, one.rules.filter(rule => rule.column !== null).length]),
    allContracts().map(contract => {
      const columns = columnsOf(contract)
      const ofEngine = ownEngineColumns(contract.table).length + engineColumns.length
      return [contract.table, columns.length + ofEngine, columns.flatMap(columnRules).length]
    }),
  )
  for (const { rules } of tables) t.true(rules.every(one => one.broken !== ''))
  const { transformer } = await loadDeclared('synthea', [shippedSources])
  t.deepEqual(
    tables.filter(one => one.filled_by.some(({ source }) => source === 'synthea')).map(one => one.name),
    allContracts()
      .map(({ table }) => table)
      .filter(table => transformer.tables.includes(table)),
  )
})

test('a view says whether it has a mart, and by what that is computed', async t => {
  const { views } = await shipped()
  const martOf = (name: string): unknown => views.find(view => view.name === name)?.mart
  t.deepEqual(martOf('medicine_per_patient'), { computed_by: 'patient', indexes: ['drug'] })
  t.is(martOf('orphans'), null)
  const view = views.find(one => one.name === 'medicine_per_patient')
  const page = view === undefined ? '' : pageText(pageOf(view), undefined)
  t.regex(
    page,
    /mart\.medicine_per_patient has its rows; a refresh recomputes them by\s+patient\.\s+It has indexes on drug\./,
  )
})

test('a name is found with and without its schema, in any case, and with a site', async t => {
  const dictionary = await shipped()
  const kindOf = (name: string) => {
    const { kind, name: found } = findEntry(dictionary, name)
    return `${kind} ${found}`
  }
  t.is(kindOf('visits'), 'table visits')
  t.is(kindOf('store.Visits'), 'table visits')
  t.is(kindOf('clinical.current_visits'), 'view current_visits')
  t.is(kindOf('icu__north'), 'source icu')
  t.is(kindOf('sources/icu'), 'source icu')
  t.throws(() => findEntry(dictionary, 'visit'), { instanceOf: UsageError, message: /Did you mean visits\?/ })
  const [icu] = dictionary.sources.filter(one => one.name === 'icu')
  const twice = { ...dictionary, sources: icu === undefined ? [] : [{ ...icu, name: 'visits' }] }
  t.throws(() => findEntry(twice, 'visits'), { message: /that of 2: write store\.visits or sources\/visits/ })
  t.is(findEntry(twice, 'sources/visits').kind, 'source')
})

test('a source that cannot be loaded is left out, with the reason', async t => {
  const project = testProject(t)
  project.write('sources/broken/broken.js', 'export const nothing = 1\n')
  const problems: string[] = []
  const { sources, tables } = await readDictionary([`${project.root}/sources`, shippedSources], problem => {
    problems.push(problem)
  })
  t.is(problems.length, 1)
  t.regex(problems[0] ?? '', /^the source broken is left out: .*exactly one class/)
  t.false(sources.some(({ name }) => name === 'broken'))
  t.is(tables.length, allContracts().length)
})

test('a page fits a terminal, and nothing is lost', async t => {
  const dictionary = await shipped()
  const { tables, views, sources } = dictionary
  const pages = [...[...tables, ...views, ...sources].map(pageOf), ...listPages(dictionary, kinds)]
  for (const page of pages) {
    const letters = (text: string): string => text.replaceAll(/[\s-]/g, '').split('').sort().join('')
    const wide = pageText(page, undefined)
    const cells = page.blocks.flatMap(block => (block.kind === 'table' ? block.rows.flat() : []))
    for (const cell of cells) t.true(typeof cell === 'number' || wide.includes(cell), 'nothing wraps in a pipe')
    t.is(letters(pageText(page, 120)), letters(wide), page.title)
    for (const line of pageText(page, 160).split('\n')) t.true(line.length <= 160, line)
  }
})

test('Markdown keeps every cell in its table', async t => {
  const markdown = pageMarkdown(pageOf(findEntry(await shipped(), 'current_visits')))
  t.regex(markdown, /^# `clinical\.current_visits`\n/)
  t.regex(markdown, /\| `reason` \| `text` \| quasi \| Why the patient came\. \|/)
  const piped = pageMarkdown(
    pageOf(describeTable({ ...samples, shape: { code: code({ ...info, pattern: 'A|B' }) } }, [])),
  )
  t.true(piped.includes('A\\|B'))
  for (const row of piped.split('\n').filter(line => line.startsWith('| `code`')))
    t.is(row.split(/(?<!\\)\|/).length, 8)
})
