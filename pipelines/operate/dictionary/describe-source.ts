import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { sourceChecks } from '../../audit/check-file.ts'
import type { Input } from '../../source/inputs.ts'
import type { Source } from '../../source/load-source.ts'
import { ruleName } from '../../source/quality-rule.ts'
import { type OnConflict, type Ready, referencesOf } from '../../source/transformer.ts'
import type { CheckEntry, FillEntry, InputEntry, SourceEntry } from './entries.ts'

/** What the dictionary says of a source: what its class declares. */
export function describeSource(source: Source): SourceEntry {
  const { name, transformer } = source
  const { inputs, tables, zone, zones, schedule, ready, maxBadRows, rules } = transformer
  return {
    kind: 'source',
    name,
    class: classOf(source),
    zone,
    zones,
    schedule,
    ready: readyWords(ready),
    max_bad_rows: maxBadRows ?? null,
    inputs: Object.entries(inputs).map(([input, declared]) => inputEntry(input, declared)),
    tables: tables.map(table => fillOf(source, table)),
    rules: Object.entries(rules).map(([rule, { kind }]) => ({ rule, action: kind })),
    checks: ownChecks(source),
  }
}

/** How a source fills one of its tables. */
export function fillOf({ name, transformer, folder }: Source, table: string): FillEntry {
  return {
    source: name,
    table,
    delivery: transformer.delivery[table] ?? 'upsert',
    children: transformer.children[table] ?? 'document',
    references: referencesOf(transformer, table),
    on_conflict: conflictWords(transformer.onConflict[table] ?? 'newest'),
    select: `sources/${basename(folder)}/${table}.sql`,
  }
}

function conflictWords(conflict: OnConflict): string {
  if (typeof conflict === 'string') return conflict
  if ('number' in conflict) return `numbered in ${conflict.number}`
  return `quarantine if ${conflict.quarantine.join(' or ')} differs`
}

function classOf({ folder }: Source): string {
  const name = basename(folder)
  return `sources/${name}/${name}${existsSync(join(folder, `${name}.js`)) ? '.js' : '.ts'}`
}

function readyWords({ marker, manifest, quietSeconds }: Ready): readonly string[] {
  return [
    ...(marker === undefined ? [] : [`marker ${marker}`]),
    ...(manifest === undefined ? [] : [`manifest ${manifest}`]),
    ...(quietSeconds === undefined ? [] : [`no change for ${quietSeconds} s`]),
  ]
}

function inputEntry(name: string, input: Input): InputEntry {
  const { format, files, presence } = input
  const fields =
    input.format === 'csv' ? [...input.columns, ...(input.optional ?? [])] : Object.keys(input.record.fields)
  return { name, format, files, required: presence !== 'optional', static: input.static === true, fields }
}

function ownChecks(source: Source): readonly CheckEntry[] {
  const declared = source.transformer.quality.map(rule => ({
    name: ruleName(rule),
    table: rule.table,
    severity: rule.severity,
    from: classOf(source),
  }))
  const files = sourceChecks(source.folder).map(({ name, table, severity, origin }) => ({
    name,
    table,
    severity,
    from: origin,
  }))
  return [...declared, ...files]
}
