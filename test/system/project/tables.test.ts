import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { canonical } from '../../../pipelines/contract/tables/canonical.ts'
import { ownEngineColumns } from '../../../pipelines/contract/engine-columns.ts'
import { allContracts, contractFor, isOwnTable } from '../../../pipelines/contract/tables/contracts.ts'
import { tableSql } from '../../../pipelines/contract/ddl.ts'
import type { TableDeclaration } from '../../../pipelines/contract/declare.ts'
import { date, defineTable } from '../../../pipelines/index.ts'
import { migrate } from '../../../pipelines/ledger/migrate.ts'
import { isMigrated } from '../../../pipelines/ledger/schema-state.ts'
import { setCurrentProject } from '../../../pipelines/contract/current-project.ts'
import { packageRoot } from '../../../pipelines/platform/sql.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { keyColumns, language, none, parts, table, things } from './declared.ts'

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
    const whole = readFileSync(join(packageRoot, 'sql/store', `${contract.table}.sql`), 'utf8')
    const file = ownEngineColumns(contract.table).reduce(
      (sql, { name, type }) => sql.replace(`  ${name} ${type},\n`, ''),
      whole,
    )
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
      message: /found the partition of a source below store\.measurements\. Give the table another name/,
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
