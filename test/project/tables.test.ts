import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { canonical } from '../../pipelines/contract/canonical.ts'
import type { ContractShape } from '../../pipelines/contract/contract.ts'
import { allContracts, contractFor, isOwnTable } from '../../pipelines/contract/contracts.ts'
import { tableSql } from '../../pipelines/contract/ddl.ts'
import { type TableDeclaration, type TableDefinition } from '../../pipelines/contract/declare.ts'
import { date, defineTable, extendTable, id, text } from '../../pipelines/index.ts'
import { isMigrated, migrate } from '../../pipelines/ledger/migrate.ts'
import { setCurrentProject } from '../../pipelines/project/current.ts'
import { loadTables, requireSoundTables } from '../../pipelines/project/tables.ts'
import { packageRoot } from '../../pipelines/sql.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'

const none = { phi: 'none', description: 'A column.' } as const

function table(columns: ContractShape, more: Partial<TableDefinition> = {}): TableDeclaration {
  return defineTable({
    grain: 'one row',
    key: ['patient_id', 'thing_no'],
    columns: { ...keyColumns, ...columns },
    ...more,
  })
}
const keyColumns = { patient_id: id({ ...none, phi: 'direct' }), thing_no: id(none) }
const things = table({ happened_on: date(none).nullable() })
const parts = table(
  { part_no: id(none) },
  {
    key: ['patient_id', 'thing_no', 'part_no'],
    references: [
      { table: 'patients', columns: ['patient_id'] },
      { table: 'things', columns: ['patient_id', 'thing_no'], versioned: true },
    ],
  },
)
const language = extendTable({ preferred_language: text(none).nullable() })

function inProject(declared: Readonly<Record<string, TableDeclaration>>): void {
  const paths = { root: '/none', sources: '/none', tables: '/none', views: '/none', checks: '/none' }
  setCurrentProject({ ...paths, declared: new Map(Object.entries(declared)) })
}

test.afterEach.always(() => {
  setCurrentProject(undefined)
})

test.serial('contracts: the shipped ones with what the project adds, then its own, parents first', t => {
  t.is(allContracts(), canonical)
  inProject({ parts, patients: language, things })
  const names = allContracts().map(one => one.table)
  t.deepEqual(names, [...canonical.map(one => one.table), 'things', 'parts'])
  t.true('preferred_language' in (contractFor('patients')?.shape ?? {}))
  t.deepEqual(
    contractFor('parts')?.references.map(one => one.versioned),
    [false, true],
  )
  t.deepEqual([isOwnTable('things'), isOwnTable('patients'), isOwnTable('visits')], [true, false, false])
  t.is(contractFor('nothing'), undefined)
})

test('the statement made of a shipped contract is its file in sql/store', t => {
  const plain = (sql: string): string =>
    sql
      .replaceAll(/^--.*\n/gm, '')
      .replaceAll('"', '')
      .replaceAll('timestamptz', 'timestamp with time zone')
      .replaceAll(/numeric\((\d+), (\d+)\)/g, 'numeric($1,$2)')
  for (const contract of canonical) {
    const file = readFileSync(join(packageRoot, 'sql/store', `${contract.table}.sql`), 'utf8')
    t.is(plain(tableSql(contract)), plain(file), contract.table)
  }
})

test.serial('migrating makes tables of the project, adds its columns, and refuses another key', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    t.true(await isMigrated(session))
    inProject({ things, patients: language })
    t.false(await isMigrated(session))
    t.deepEqual(await migrate(session), { applied: [], made: ['things'], added: ['patients.preferred_language'] })
    t.true(await isMigrated(session))
    t.deepEqual(await migrate(session), { applied: [], made: [], added: [] })
    const required = { ...keyColumns, happened_on: date(none) }
    inProject({ things: defineTable({ grain: 'one row', key: ['patient_id'], columns: required }), patients: language })
    await t.throwsAsync(migrate(session), {
      name: 'UsageError',
      message: /has the key patient_id, thing_no, source, batch_date/,
    })
    inProject({ patients: language })
    await migrate(session)
    setCurrentProject(undefined)
    await t.throwsAsync(migrate(session), {
      name: 'UsageError',
      message: /preferred_language.*call caseload in that project/s,
    })
  })
  t.deepEqual(
    await rowsOf(url, `select partstrat from pg_partitioned_table where partrelid = 'store.things'::regclass`),
    [{ partstrat: 'l' }],
  )
})

test.serial('names that meet: a table and the rows that a source keeps of another', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const parent = async (of: string, source: string): Promise<string> => {
      const made = await session.query<{ parent: string }>('select caseload.ensure_source_parent($1, $2) as parent', [
        of,
        source,
      ])
      return made.rows[0]?.parent ?? ''
    }
    t.is(await parent('measurements', 'ward'), 'measurements_ward')
    t.regex(await parent('measurements', 'hourly'), /^measurements_hourly_[0-9a-f]{8}$/)
    t.is(await parent('measurements_hourly', 'ward'), 'measurements_hourly_ward')
    const other = await parent('measurements', 'hourly_ward')
    t.regex(other, /^measurements_hourly_ward_[0-9a-f]{8}$/)
    t.is(await parent('measurements', 'hourly_ward'), other)
    const below = await session.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'store.measurements'::regclass`,
    )
    t.is(below.rows.length, 3)
    inProject({ measurements_ward: things })
    await t.throwsAsync(migrate(session), {
      name: 'UsageError',
      message: /a source keeps its rows of (store\.)?measurements\. Give the table another name/,
    })
  })
})

test.serial('a column that has become nullable may be absent, in leaves too', async t => {
  const { url } = await testDatabase(t)
  const strict = table({ happened_on: date(none) })
  await withSession(url, async session => {
    inProject({ things: strict })
    await migrate(session)
    await session.query(`select caseload.ensure_source_parent('things', 'ward')`)
    inProject({ things })
    await migrate(session)
  })
  const rows = await rowsOf(
    url,
    `select distinct attnotnull from pg_attribute where attname = 'happened_on' and attrelid::regclass::text like '%things%'`,
  )
  t.deepEqual(rows, [{ attnotnull: false }])
})

const wrong: Readonly<Record<string, readonly [Readonly<Record<string, TableDeclaration>>, RegExp]>> = {
  'a shipped name': [{ visits: things }, /tables\/visits: a table of that name is shipped/],
  'columns for no table': [{ things: language }, /no table of that name is shipped/],
  'a shipped column': [
    { patients: extendTable({ name: text(none).nullable() }) },
    /has name already, and no shipped column/,
  ],
  'a required extra column': [{ patients: extendTable({ extra: text(none) }) }, /extra must be .nullable\(\)/],
  "the engine's prefix": [{ things: table({ caseload_row: text(none) }) }, /caseload_row is the engine's own/],
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
  'a check of its own': [{ things: table({ kind: text(none).max(5) }) }, /carries the check max_length/],
  'direct, required and no id': [
    { things: table({ kind: text({ ...none, phi: 'direct' }) }) },
    /direct, required and no identifier/,
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
    /patients\.columns is an object and no column/,
  ],
  'an unknown option': [
    { things: table({}, { refrences: [] } as never) },
    /no option refrences \(did you mean references\?\); there are grain, key, columns, references/,
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
    /no option version \(did you mean versioned\?\)/,
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
    const index = new URL('../../pipelines/index.ts', import.meta.url).href
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
