import { numberText } from '../../platform/count-text.ts'
import { rangeWords } from '../../contract/column-checks.ts'
import type { CheckEntry, ColumnEntry, Entry, RuleEntry, SourceEntry, TableEntry, ViewEntry } from './entries.ts'
import { kindWords } from '../../marts/mart-header.ts'
import type { Block, Page } from './page.ts'

/** The page of a source, a table or a view. */
export function pageOf(entry: Entry): Page {
  if (entry.kind === 'table') return tablePage(entry)
  return entry.kind === 'view' ? viewPage(entry) : sourcePage(entry)
}

function tablePage({ name, grain, key, parents, columns, rules, checks, filled_by: filled }: TableEntry): Page {
  const belongs = parents.map(
    ({ table, columns: by, versioned }) =>
      `${table} by ${by.join(', ')}${versioned ? ' (to one version of it, of the same batch)' : ''}`,
  )
  return {
    title: `store.${name}`,
    blocks: [
      paragraph(`One row is ${grain}. Key: ${key.join(', ')}.`),
      ...(belongs.length === 0 ? [] : [paragraph(`A row belongs to a row of ${belongs.join('; and of ')}.`)]),
      table(
        ['column', 'type', 'null', 'PHI', 'allowed', 'meaning'],
        columns.map(one => [
          one.name,
          one.type,
          one.nullable ? 'yes' : 'no',
          one.phi,
          allowedWords(one),
          one.description,
        ]),
        ['column', 'type'],
      ),
      ...rulesBlocks(rules),
      heading('Filled by'),
      filled.length === 0
        ? paragraph('No source fills it.')
        : table(
            ['source', 'delivery', 'children', 'parents in', 'rows of one key', 'SELECT'],
            filled.map(one => [one.source, one.delivery, one.children, one.references, one.on_conflict, one.select]),
            ['source', 'SELECT'],
          ),
      ...checksBlocks(checks),
    ],
  }
}

/** What a value may be, in words; empty where its type says it all. */
export function allowedWords(column: Omit<ColumnEntry, 'name' | 'description' | 'nullable' | 'phi'>): string {
  const { pattern, values, least, most, min_length: shortest, max_length: longest, unit } = column
  const range = { ...(least === null ? {} : { min: least }), ...(most === null ? {} : { max: most }) }
  // A pattern says more than a length does, and the longest text of all is no news.
  const hasLength = longest !== null && longest < 1_048_576 && pattern === null
  return [
    ...(values === null ? [] : [values.join(', ')]),
    ...(pattern === null ? [] : [pattern]),
    ...(least === null && most === null ? [] : [rangeWords(range)]),
    ...(hasLength ? [`${shortest === 0 ? 'at most ' : '1 to '}${numberText(longest)} characters`] : []),
    ...(unit === null ? [] : [`in ${unit}`]),
    ...(column.default === null ? [] : [`default ${column.default}`]),
  ].join('; ')
}

/** Those of a column that quarantine everywhere are its type and what it allows; the others are listed. */
function rulesBlocks(rules: readonly RuleEntry[]): readonly Block[] {
  const listed = rules.filter(one => one.column === null || one.action !== 'quarantine' || one.changes.length > 0)
  const usual = 'A row with a value that breaks a rule of its column goes to quarantine'
  return [
    heading('Rules'),
    paragraph(
      `${usual}${listed.length === 0 ? '' : ', unless it is listed here'}. A source changes a rule in \`rules\` of its class: ` +
        'docs/sources.md, "Broken values".',
    ),
    ...(listed.length === 0
      ? []
      : [
          table(
            ['rule', 'action', 'changed by', 'broken if', 'declared in'],
            listed.map(one => [one.name, one.action, changesText(one), one.broken, one.file ?? 'contract']),
            ['rule', 'declared in'],
          ),
        ]),
  ]
}

const changesText = ({ changes }: RuleEntry): string =>
  changes.map(({ source, action, reason }) => `${source}: ${action}${reason === null ? '' : ` (${reason})`}`).join(', ')

function checksBlocks(checks: readonly CheckEntry[]): readonly Block[] {
  if (checks.length === 0) return []
  const rows = checks.map(one => [one.name, one.table, one.severity, one.from])
  return [
    heading('Quality checks'),
    table(['check', 'table', 'severity', 'declared in'], rows, ['check', 'declared in']),
  ]
}

function martWords(name: string, { computed_by: kind, indexes }: NonNullable<ViewEntry['mart']>): string {
  const found = indexes.length === 0 ? '' : ` It has indexes on ${indexes.join('; ')}.`
  return `In a database with marts, the table mart.${name} has its rows; a refresh recomputes them ${kindWords[kind]}.${found}`
}

function viewPage({ name, file, grain, notes, columns, mart }: ViewEntry): Page {
  return {
    title: `clinical.${name}`,
    blocks: [
      ...(grain === null ? [] : [paragraph(`Grain: ${grain}.`)]),
      ...(notes === '' ? [] : [paragraph(notes)]),
      ...(mart === null ? [] : [paragraph(martWords(name, mart))]),
      columns === null
        ? paragraph(`Its columns are in ${file}, and in the database.`)
        : table(
            ['column', 'type', 'PHI', 'meaning'],
            columns.map(one => [one.name, one.type ?? '', one.phi ?? '', one.description ?? '']),
            ['column', 'type'],
          ),
      paragraph(`File: ${file}`),
    ],
  }
}

function sourcePage(source: SourceEntry): Page {
  const { name, zone, zones, schedule, ready, inputs, tables, rules, checks } = source
  const sites = Object.entries(zones).map(([site, of]) => `${of} for ${site}`)
  const fixed = inputs.filter(input => input.static).map(input => input.name)
  const facts = [
    `Class: ${source.class}.`,
    `Times without an offset are in ${[zone, ...sites].join('; ')}.`,
    `Deliveries: ${schedule}.`,
    ...(ready.length === 0 ? [] : [`A delivery is complete with ${ready.join(' and ')}.`]),
    ...(fixed.length === 0 ? [] : [`No delivery brings the static files of ${fixed.join(', ')}.`]),
    ...(source.max_bad_rows === null ? [] : [`Bad-row limit: ${source.max_bad_rows}.`]),
  ]
  return {
    title: `sources/${name}`,
    blocks: [
      paragraph(facts.join(' ')),
      heading('Inputs'),
      table(
        ['input', 'format', 'required', 'files', 'fields'],
        inputs.map(one => [
          one.name,
          one.format,
          one.required ? 'yes' : 'no',
          one.files.join(', '),
          one.fields.join(', '),
        ]),
        ['input', 'files', 'fields'],
      ),
      heading('Tables'),
      table(
        ['table', 'delivery', 'children', 'parents in', 'rows of one key', 'SELECT'],
        tables.map(one => [one.table, one.delivery, one.children, one.references, one.on_conflict, one.select]),
        ['table', 'SELECT'],
      ),
      ...(rules.length === 0
        ? []
        : [
            heading('Rules that it changes'),
            table(
              ['rule', 'action'],
              rules.map(({ rule, action }) => [rule, action]),
              ['rule'],
            ),
          ]),
      ...checksBlocks(checks),
    ],
  }
}

const paragraph = (text: string): Block => ({ kind: 'paragraph', text })
const heading = (text: string): Block => ({ kind: 'heading', text })
const table = (
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  code: readonly string[],
): Block => ({ kind: 'table', columns, rows, code })
