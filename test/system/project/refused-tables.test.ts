import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { TableDeclaration, TableDefinition } from '../../../pipelines/contract/declare.ts'
import { date, defineTable, extendTable, id, text } from '../../../pipelines/index.ts'
import { loadTables, requireSoundTables } from '../../../pipelines/source/tables.ts'
import { keyColumns, language, none, table, things } from './declared.ts'

const wrong: Readonly<Record<string, readonly [Readonly<Record<string, TableDeclaration>>, RegExp]>> = {
  'a shipped name': [{ visits: things }, /tables\/visits: a table of that name is shipped/],
  'columns for no table': [{ things: language }, /no table of that name is shipped/],
  'a shipped column': [
    { patients: extendTable({ name: text(none).nullable() }) },
    /has name already, and no shipped column/,
  ],
  'a required extra column': [{ patients: extendTable({ extra: text(none) }) }, /extra must be .nullable\(\)/],
  "the engine's prefix": [{ things: table({ caseload_row: text(none) }) }, /caseload_row is the engine's own/],
  "PostgreSQL's column": [{ things: table({ ctid: text(none) }) }, /column ctid is PostgreSQL's own: .* another name/],
  "PostgreSQL's column in a shipped table": [
    { patients: extendTable({ xmin: text(none).nullable() }) },
    /xmin is PostgreSQL's own/,
  ],
  "the engine's column": [{ things: table({ file_no: text(none) }) }, /file_no is the engine's own/],
  'a name in capitals': [{ Things: things }, /lower-case letters/],
  'a column in capitals': [{ things: table({ Kind: text(none) }) }, /column Kind is not named/],
  'a key of no column': [{ things: table({}, { key: ['other'] }) }, /key names other/],
  'a nullable key': [{ things: table({ at: date(none).nullable() }, { key: ['at'] }) }, /at is part of the key/],
  'no such parent': [
    { things: table({}, { references: [{ table: 'nowhere', columns: ['x'] }] }) },
    /refers to nowhere/,
  ],
  'half a parent': [
    { things: table({}, { references: [{ table: 'visits', columns: ['patient_id'] }] }) },
    /expected that table's key/,
  ],
  'a circle': [
    {
      a: table({}, { references: [{ table: 'b', columns: ['patient_id', 'thing_no'] }] }),
      b: table({}, { references: [{ table: 'a', columns: ['patient_id', 'thing_no'] }] }),
    },
    /refers to itself/,
  ],
  'a check of its own': [{ things: table({ kind: text(none).max(5) }) }, /has the check max_length/],
  'direct, required and no id': [
    { things: table({ kind: text({ ...none, phi: 'direct' }) }) },
    /direct, required and not an identifier/,
  ],
  'an unknown phi': [
    { things: table({ kind: text({ ...none, phi: 'Direct' as never }).nullable() }) },
    /^tables\/things: things\.kind: phi must be direct, quasi or none \(did you mean direct\?\), found 'Direct'/,
  ],
  'two wrong columns': [
    { patients: extendTable({ a: text({ phi: 'none' } as never).nullable(), b: id('x' as never) }) },
    /patients\.a: description is missing.* And: patients\.b: info must be/,
  ],
  'no definition': [{ things: defineTable(undefined as never) }, /definition is missing: it must be \{ grain, .* \}/],
  'a name for the definition': [{ things: defineTable('things' as never) }, /definition must be .*, found 'things'/],
  'no key': [{ things: without('key') }, /key is missing: it must be a list of one or more names of columns/],
  'a word for the key': [
    { things: table({}, { key: 'thing_no' as never }) },
    /key must be a list .*, found 'thing_no'/,
  ],
  'an empty key': [{ things: table({}, { key: [] as never }) }, /key must be a list of one or more/],
  'a key of numbers': [{ things: table({}, { key: [1] as never }) }, /key\[0\] must be a name, found 1/],
  'a key of no own column': [{ things: table({}, { key: ['constructor'] }) }, /key names constructor/],
  'a key named twice': [{ things: table({}, { key: ['thing_no', 'thing_no'] }) }, /key names thing_no twice/],
  'no grain': [{ things: without('grain') }, /grain is missing: it must be a text/],
  'no columns': [{ things: without('columns') }, /columns is missing: it must be an object of columns by their names/],
  'an empty table': [{ things: table({}, { columns: {} }) }, /it declares no column/],
  'a list of columns': [{ things: table({}, { columns: [id(none)] as never }) }, /columns must be .*, found a list/],
  'a column for columns': [{ patients: extendTable(id(none) as never) }, /columns must be .*, found an object/],
  'no columns for a shipped table': [
    { patients: extendTable(undefined as never) },
    /columns is missing: it must be .*/,
  ],
  'no added column': [{ patients: extendTable({}) }, /it declares no column/],
  'a table for a shipped one': [
    { patients: extendTable({ columns: { a: text(none).nullable() } } as never) },
    /patients\.columns is an object and not a column/,
  ],
  'an unknown option': [
    { things: table({}, { refrences: [] } as never) },
    /unknown option refrences \(did you mean references\?\); expected grain, key, columns, references/,
  ],
  'a word for references': [{ things: table({}, { references: 'patients' as never }) }, /references must be a list/],
  'a reference by name alone': [
    { things: table({}, { references: ['patients'] as never }) },
    /references\[0\] must be \{ table, columns, versioned \}, found 'patients'/,
  ],
  'a reference without columns': [
    { things: table({}, { references: [{ table: 'patients' }] as never }) },
    /references\[0\]\.columns is missing: it must be a list of one or more names of columns/,
  ],
  'a reference that is versioned in words': [
    { things: table({}, { references: [{ table: 'patients', columns: ['patient_id'], versioned: 'yes' }] as never }) },
    /references\[0\]\.versioned must be true or false, found 'yes'/,
  ],
  'an unknown option of a reference': [
    { things: table({}, { references: [{ table: 'patients', columns: ['patient_id'], version: true }] as never }) },
    /unknown option version \(did you mean versioned\?\)/,
  ],
}

function without(option: keyof TableDefinition): TableDeclaration {
  const definition = { grain: 'one row', key: ['thing_no'], columns: keyColumns }
  return defineTable(Object.fromEntries(Object.entries(definition).filter(([key]) => key !== option)) as never)
}

for (const [what, lines, message] of [
  [
    'a wrong column',
    "export const contacts = extendTable({ nick: text({ phi: 'Direct' }) })",
    /^tables\/visits\.js: visits\.nick: phi/,
  ],
  [
    'a wrong table',
    'export const contacts = defineTable({})',
    /^tables\/visits\.js: grain is missing.*And: key is missing/,
  ],
  [
    'a call that fails',
    'export const contacts = extendTable({ nick: text(undefined).nulable() })',
    /visits\.js cannot be loaded: TypeError/,
  ],
] as const) {
  test(`the file is named: ${what}`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'caseload-tables-'))
    t.teardown(() => {
      rmSync(folder, { recursive: true })
    })
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const index = new URL('../../../pipelines/index.js', import.meta.url).href
    writeFileSync(join(folder, 'visits.js'), `import { defineTable, extendTable, text } from '${index}'\n${lines}\n`)
    await t.throwsAsync(loadTables(folder), { name: 'UsageError', message })
  })
}

for (const [what, [declared, message]] of Object.entries(wrong)) {
  test(`a project's table is refused: ${what}`, t => {
    t.throws(
      () => {
        requireSoundTables(new Map(Object.entries(declared)))
      },
      { name: 'UsageError', message },
    )
  })
}
