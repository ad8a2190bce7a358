import { readdirSync, readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { canonical } from '../../../pipelines/contract/tables/canonical.ts'
import { columnsOf, type Contract, postgresType } from '../../../pipelines/contract/contract.ts'
import type { Session } from '../../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { listViews } from '../../../pipelines/ledger/list-views.ts'
import { root } from '../../helpers/cli.ts'
import { testDatabase, withSession } from '../../helpers/database.ts'

const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')

/** Gives a session with the store and the view on a database without a ledger. */
async function withOrphans(t: ExecutionContext, work: (session: Session) => Promise<void>): Promise<void> {
  const { url } = await testDatabase(t, 'empty')
  await withSession(url, async session => {
    await session.query('create schema store; create schema clinical')
    await session.query(read('test/views/stub_caseload.sql'))
    for (const file of readdirSync(`${root}sql/store`)) await session.query(read(`sql/store/${file}`))
    const views = listViews().filter(({ name }) => name === 'delivered_tables' || name.startsWith('orphans'))
    for (const view of views) await session.query(view.sql)
    await work(session)
  })
}

test('orphans: no parent in any batch, or no version of it in the batch of a row that is part of one', async t => {
  await withOrphans(t, async session => {
    await session.query(read('test/system/delivery/orphans.sql'))
    const found = await session.query<{ line: string }>(
      `select
        concat_ws(
          ' ', source, extract(day from batch_date), child_table, parent_table, coalesce(patient_id, '-'),
          coalesce(visit_id, '-'), rows, split_part(reason, ' ', 1), split_part(reason, ' ', 2)
        ) as line
      from clinical.orphans
      order by 1`,
    )
    t.deepEqual(
      found.rows.map(row => row.line),
      [
        'def 1 devices patients P4 - 1 no parent',
        'def 1 measurements patients P7 - 1 no parent',
        'def 1 treatments diagnoses P1 V1 1 no parent',
        'def 1 treatments patients P8 - 2 no parent',
        'def 2 allergies patients P1 - 1 parent only',
        'def 2 allergies patients P5 - 1 no parent',
        'def 2 diagnoses visits P1 V2 2 parent only',
        'def 2 diagnoses visits P2 V1 1 no parent',
        'def 2 measurements patients P7 - 1 no parent',
        'def 2 measurements visits P1 V7 2 no parent',
        'def 2 measurements visits P7 V7 1 no parent',
        'def 2 measurements_hourly patients P7 - 1 no parent',
        'def 2 patient_links patients P6 - 1 no parent',
        'def 2 procedures visits P1 V2 1 parent only',
        'def 2 treatments diagnoses P1 V1 1 parent only',
        'def 2 user_roles users - - 2 no parent',
        'def 2 visits patients P9 - 1 no parent',
        'ful 2 diagnoses visits P2 V8 1 no parent',
        'ful 2 visits patients P4 - 1 no parent',
        'two 1 visits patients P1 - 1 no parent',
        'two 2 diagnoses visits P1 V2 1 no parent',
      ],
    )
  })
})

/** One row of a table with a value in every column of its key and of its references. */
async function addLoneRow(session: Session, contract: Contract, source: string): Promise<void> {
  const { table, key, references } = contract
  const wanted = new Set([...key, ...references.flatMap(({ columns }) => columns)])
  const columns = columnsOf(contract).filter(({ name, nullable }) => wanted.has(name) || !nullable)
  const values = columns.map(({ type, absent }) => {
    if (absent !== undefined) return `'${absent}'`
    return type.kind === 'text' ? `'x'` : type.kind === 'timestamp' ? `'2023-05-01 08:00Z'` : '1'
  })
  const cast = columns.map(({ type }, at) => `${values[at] ?? ''}::${postgresType(type)}`)
  await session.query(`create table store.${quoteIdent(`${table}_${source}`)} partition of store.${quoteIdent(table)}
    for values in ('${source}')`)
  await session.query(`insert into store.${quoteIdent(table)}
    (source, batch_date, ${columns.map(({ name }) => quoteIdent(name)).join(', ')})
    values ('${source}', '2023-05-01', ${cast.join(', ')})`)
}

const references = canonical.flatMap(({ table, references: parents }) => parents.map(one => `${table} ${one.table}`))

test('orphans has a row for every reference of every shipped table', async t => {
  await withOrphans(t, async session => {
    for (const contract of canonical) {
      // A source that fills all tables, and delivered this one row.
      const source = `only_${contract.table}`
      await session.query(`insert into caseload.published (source, table_name, batch_date)
        select '${source}', table_name, '2023-05-01' from unnest(array['${canonical.map(one => one.table).join("','")}'])
          as t (table_name)`)
      await addLoneRow(session, contract, source)
    }
    const found = await session.query<{ line: string }>(
      `select concat_ws(' ', child_table, parent_table) as line from clinical.orphans where rows = 1 order by 1`,
    )
    t.deepEqual(
      found.rows.map(row => row.line),
      [...references].sort(),
    )
    t.true(references.length > 15)
  })
})

// What a source declares and never brought is missed; visits are missed by all that shows only with them.
test('orphans: a parent table that never came is missed where the source declares it, and visits always', async t => {
  const lone = async (session: Session): Promise<readonly string[]> => {
    const found = await session.query<{ line: string }>(
      `select concat_ws(' ', child_table, parent_table) as line from clinical.orphans order by 1`,
    )
    return found.rows.map(row => row.line)
  }
  await withOrphans(t, async session => {
    for (const contract of canonical) {
      await session.query(`insert into caseload.published (source, table_name, batch_date)
        values ('only_${contract.table}', '${contract.table}', '2023-05-01')`)
      await addLoneRow(session, contract, `only_${contract.table}`)
    }
    t.deepEqual(await lone(session), ['diagnoses visits', 'procedures visits', 'treatments visits'])
    await session.query(`insert into caseload.deliveries (source, table_name, delivery)
      values ('only_allergies', 'patients', 'upsert'), ('only_user_roles', 'users', 'full')`)
    t.deepEqual(await lone(session), [
      ...['allergies patients', 'diagnoses visits', 'procedures visits', 'treatments visits', 'user_roles users'],
    ])
  })
})
