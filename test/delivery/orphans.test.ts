import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { listViews } from '../../pipelines/views.ts'
import { root } from '../helpers/cli.ts'
import { testDatabase, withSession } from '../helpers/database.ts'

const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')

test('orphans: no parent in any batch, or no version of it in the batch of a row that is part of one', async t => {
  const { url } = await testDatabase(t, 'empty')
  await withSession(url, async session => {
    await session.query('create schema store; create schema clinical')
    await session.query(read('test/views/stub_caseload.sql'))
    for (const file of readdirSync(`${root}sql/store`)) await session.query(read(`sql/store/${file}`))
    const views = listViews().filter(view => ['delivered_tables', 'orphans'].includes(view.name))
    for (const view of views) await session.query(view.sql)
    await session.query(read('test/delivery/orphans.sql'))
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
