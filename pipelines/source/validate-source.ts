import { z } from 'zod'
import { parseBadRowLimit } from './bad-row-limit.ts'
import { columnsOf, isIdentifier } from '../contract/contract.ts'
import { saidText, strictObject, valueAt } from '../contract/faults.ts'
import { contractFor } from '../contract/tables/contracts.ts'
import { actionBuilders } from '../contract/rule-actions.ts'
import { checkNames } from '../contract/check-names.ts'
import { ruleFaults } from '../contract/rule-faults.ts'
import { declaredInput, uniqueFaults } from './validate-input.ts'
import { nearest } from '../platform/nearest.ts'
import type { Transformer } from './transformer.ts'
import { requiredZone, zoneMap } from './source-zone.ts'
import { isZoneName, zoneNameFault } from '../contract/zone-name.ts'

const severity = z.enum(['warn', 'error'])
const bound = z
  .union([z.number(), z.string()], { error: 'expected a number, or a date or moment as ISO text' })
  .optional()

const qualityRule = z.discriminatedUnion(
  'kind',
  [
    strictObject({ kind: z.literal('not_empty'), table: z.string(), severity }),
    strictObject({
      kind: z.literal('null_share'),
      table: z.string(),
      column: z.string(),
      most: z.number().min(0).max(1),
      severity,
    }),
    strictObject({
      kind: z.literal('range'),
      table: z.string(),
      column: z.string(),
      bounds: strictObject({ least: bound, most: bound }),
      severity,
    }),
  ],
  { error: 'expected notEmpty(...), nullShare(...) or range(...)' },
)

const onConflict = z.union(
  [
    z.enum(['newest', 'quarantine']),
    strictObject({ quarantine: z.array(z.string()).min(1) }),
    strictObject({ number: z.string() }),
  ],
  { error: `expected 'newest', 'quarantine', { quarantine: ['column', ...] } or { number: 'column' }` },
)

const ruleAction = z.union(
  [
    strictObject({ kind: z.enum(['quarantine', 'drop', 'warn']), reason: saidText.optional() }),
    strictObject({ kind: z.literal('off'), reason: saidText }),
  ],
  { error: `expected ${actionBuilders.slice(0, -1).join(', ')} or ${actionBuilders.at(-1) ?? ''}` },
)

const idSpelling = strictObject({
  caseless: z.boolean({ error: 'expected true or false' }).optional(),
  pad: z
    .number({ error: 'expected a whole number from 1 to 255' })
    .refine(digits => Number.isInteger(digits) && digits >= 1 && digits <= 255, {
      error: 'expected a whole number from 1 to 255',
    })
    .optional(),
})

/** The tables whose views tell the two kinds of children apart. */
const childTables: readonly string[] = ['diagnoses', 'procedures', 'treatments']

const file = z.string().min(1)

const dueForm = "expected a time from '00:00' to '24:00', such as '07:30'"
const lagForm = 'expected a whole number of days from 0 to 366'

const members = {
  inputs: z.record(z.string().min(1), declaredInput),
  tables: z.array(z.string()).min(1),
  zone: z.string().refine(zone => zone === requiredZone || isZoneName(zone), {
    error: ({ input }) => zoneNameFault(String(input)),
  }),
  zones: zoneMap(name => /^[a-z0-9]+(?:_[a-z0-9]+)*$/.test(name), 'a site, such as north for icu__north'),
  delivery: z.record(z.string(), z.enum(['upsert', 'full', 'insert_only'])),
  children: z.record(z.string(), z.enum(['document', 'entity'])),
  onConflict: z.record(z.string(), onConflict),
  ids: z.record(z.string(), idSpelling),
  references: z.record(z.string(), z.enum(['batch', 'deferred'])),
  rules: z.record(z.string().min(1), ruleAction),
  empty: z.union([z.enum(['refuse', 'allow']), z.record(z.string(), z.enum(['refuse', 'allow']))], {
    error: `expected 'refuse', 'allow' or { table: 'allow' }`,
  }),
  shrink: z.record(z.string(), z.enum(['refuse', 'allow'])),
  ready: strictObject({
    marker: file.optional(),
    manifest: file.optional(),
    quietSeconds: z.number().min(0).optional(),
  }),
  ignored: z.array(file),
  maxBadRows: z
    .string()
    .refine(isLimit, { error: 'expected a number of rows such as 100, or a share such as 5%' })
    .optional(),
  quality: z.array(qualityRule),
  schedule: z.enum(['daily', 'weekdays', 'weekly', 'irregular']),
  due: z.string({ error: dueForm }).regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: dueForm }),
  lagDays: z
    .number({ error: lagForm })
    .refine(days => Number.isInteger(days) && days >= 0 && days <= 366, { error: lagForm }),
}

/**
 * What is wrong in the members of a source's class, which may be JavaScript: invalid values, unknown tables and columns, and
 * members whose names are almost those of Caseload.
 *
 * @param folder of the class, absolute; its own checks can be named in `rules`
 * @returns sentences without full stops, each beginning with the member; none for a valid class
 */
export function sourceFaults(transformer: Transformer, folder?: string): readonly string[] {
  const declared = Object.fromEntries(
    Object.keys(members).map(name => [name, transformer[name as keyof typeof members]]),
  )
  const checked = z.object(members).safeParse(declared)
  if (!checked.success) return [...checked.error.issues.map(issue => words(issue, declared)), ...strangers(transformer)]
  return [...strangers(transformer), ...crossFaults(transformer, folder)]
}

function words({ code, message, path }: z.core.$ZodIssue, declared: unknown): string {
  // The builders write the member that tells the kinds of a union apart, and who forgot to call one does not know it.
  const shown = code === 'invalid_union' && ['kind', 'format'].includes(String(path.at(-1))) ? path.slice(0, -1) : path
  const place = shown
    .map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1)
  if (code === 'invalid_type' && valueAt(declared, path) === undefined) return `${place} is missing`
  return `${place}: ${message.replace(/^Invalid (?:input|option): /, '')}`
}

/** A class may have further members; one that is almost named like a member of Caseload is a mistake. */
function strangers(transformer: Transformer): readonly string[] {
  const known = Object.keys(members)
  return Object.keys(transformer)
    .filter(name => !known.includes(name))
    .flatMap(name => {
      const meant = known.find(one => one.toLowerCase() === name.toLowerCase()) ?? nearest(name, known)
      return meant === undefined
        ? []
        : [`${name} means nothing to Caseload; did you mean ${meant}? Write a member of your own as #${name}`]
    })
}

function crossFaults(transformer: Transformer, folder: string | undefined): readonly string[] {
  const { inputs, tables, delivery, children, ids, onConflict, references, rules, quality, empty, shrink } = transformer
  const twice = tables.filter((table, index) => tables.indexOf(table) !== index)
  const contracts = tables.flatMap(table => contractFor(table) ?? [])
  const ofTables = { delivery, children, onConflict, references, empty: typeof empty === 'string' ? {} : empty, shrink }
  const kinds = Object.values(inputs)
  return [
    ...(kinds.length > 0 && kinds.every(input => input.static === true)
      ? ['inputs are all static; expected one that comes with each delivery']
      : []),
    ...Object.entries(inputs).flatMap(([name, input]) => uniqueFaults(name, input)),
    ...twice.map(table => `tables names ${table} twice`),
    ...Object.entries(ofTables).flatMap(([member, byTable]) =>
      Object.keys(byTable)
        .filter(table => !tables.includes(table))
        .map(table => `${member} names ${table}, which is not one of its tables`),
    ),
    ...Object.keys(shrink)
      .filter(table => tables.includes(table) && delivery[table] !== 'full')
      .map(table => `shrink names ${table}, whose delivery is not full`),
    ...Object.keys(children)
      .filter(table => tables.includes(table) && !childTables.includes(table))
      .map(table => `children names ${table}, which is not one of ${childTables.join(', ')}`),
    ...Object.entries(onConflict).flatMap(([table, rule]) => conflictFaults(table, rule)),
    ...(Object.keys(rules).length === 0 ? [] : ruleFaults(rules, contracts, checkNames(contracts, folder))),
    ...Object.keys(ids).flatMap(column => idFaults(column, tables)),
    ...quality.flatMap(rule => {
      if (!tables.includes(rule.table)) return [`quality names ${rule.table}, which is not one of its tables`]
      return 'column' in rule ? missing(`quality of ${rule.table}`, [rule.column], columnNames(rule.table)) : []
    }),
  ]
}

function conflictFaults(table: string, rule: Transformer['onConflict'][string]): readonly string[] {
  if (typeof rule === 'string') return []
  if ('quarantine' in rule) return missing(`onConflict.${table}`, rule.quarantine, columnNames(table))
  return missing(`onConflict.${table}`, [rule.number], contractFor(table)?.key, 'column of its key')
}

/** A code has a fixed form, which another spelling could break. */
function idFaults(column: string, tables: readonly string[]): readonly string[] {
  const contracts = tables.flatMap(table => contractFor(table) ?? [])
  if (contracts.length < tables.length) return []
  const named = contracts.flatMap(contract => columnsOf(contract).filter(({ name }) => name === column))
  const has = named.some(isIdentifier)
  if (has && !named.some(({ checks }) => checks.some(({ rule }) => rule === 'pattern'))) return []
  return [`ids names ${column}, which is not an identifier without a fixed form in its tables`]
}

/** Skips a table without a contract, which `loadSource` refuses. */
function missing(
  place: string,
  named: readonly string[],
  there: readonly string[] | undefined,
  what = 'column',
): readonly string[] {
  if (there === undefined) return []
  return named.filter(name => !there.includes(name)).map(name => `${place} names ${name}, which is not a ${what}`)
}

function columnNames(table: string): readonly string[] | undefined {
  const contract = contractFor(table)
  return contract === undefined ? undefined : columnsOf(contract).map(column => column.name)
}

function isLimit(text: string): boolean {
  try {
    return parseBadRowLimit(text).text === text
  } catch {
    return false
  }
}
