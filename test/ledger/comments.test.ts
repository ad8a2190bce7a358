import test from 'ava'
import { setCurrentProject } from '../../pipelines/contract/current-project.ts'
import { defineTable, extendTable } from '../../pipelines/contract/declare.ts'
import { id, text } from '../../pipelines/contract/columns.ts'
import { allContracts } from '../../pipelines/contract/tables/contracts.ts'
import { tableComments, viewComments, writeComments } from '../../pipelines/ledger/comments.ts'
import { describeViews } from '../../pipelines/ledger/describe-views.ts'
import { listViews } from '../../pipelines/ledger/list-views.ts'
import { migrate } from '../../pipelines/ledger/migrate.ts'
import { createViews } from '../../pipelines/ledger/views.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { testDatabase, withSession } from '../helpers/database.ts'

const commentOf = async (session: Session, relation: string, column?: string): Promise<string | null> => {
  const { rows } = await session.query<{ text: string | null }>(
    column === undefined
      ? `select obj_description($1::regclass, 'pg_class') as text`
      : `select col_description($1::regclass, attnum) as text from pg_attribute where attrelid = $1::regclass and attname = $2`,
    column === undefined ? [relation] : [relation, column],
  )
  return rows[0]?.text ?? null
}

const all = () => [...tableComments(allContracts()), ...viewComments(describeViews(listViews(), allContracts()))]

test.serial('a migration and the views describe themselves in the database, once', async t => {
  const { url } = await testDatabase(t, 'empty')
  await withSession(url, async session => {
    await migrate(session)
    await createViews(session)
    t.is(
      await commentOf(session, 'store.visits'),
      'One row is one version of one visit. Key: patient_id, visit_id, source, batch_date.',
    )
    t.is(
      await commentOf(session, 'store.visits', 'patient_id'),
      'Identifier of the patient in this source. PHI: direct.',
    )
    t.is(await commentOf(session, 'store.visits', 'batch_date'), 'The day of the batch that delivered the row.')
    t.regex((await commentOf(session, 'clinical.current_visits')) ?? '', /^Grain: one row per source and visit that is/)
    t.is(await commentOf(session, 'clinical.current_visits', 'reason'), 'Why the patient came. PHI: quasi.')
    t.regex((await commentOf(session, 'clinical.readmission_risk', 'as_of')) ?? '', /^The local day of which it speaks/)
    t.is(await writeComments(session, all()), 0, 'a second time nothing differs')
  })
})

test.serial('what differs is written again, and nothing that is not described or not made by Caseload', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    await session.query(`
      comment on column store.visits.reason is 'another text';
      comment on column clinical.readmissions.next_source is 'mine';
      create table store.mine (reason text);
    `)
    const mine = { schema: 'store', relation: 'mine', column: null, text: 'not mine to describe' } as const
    const absent = { schema: 'store', relation: 'visits', column: 'no_such', text: 'nothing' } as const
    t.is(await writeComments(session, [...all(), mine, absent]), 1)
    t.is(await commentOf(session, 'store.visits', 'reason'), 'Why the patient came. PHI: quasi.')
    t.is(await commentOf(session, 'clinical.readmissions', 'next_source'), 'mine')
    t.is(await commentOf(session, 'store.mine'), null)
  })
})

test.serial(
  "a project's tables and columns are described, too, and a new description makes the next migration",
  async t => {
    const { url } = await testDatabase(t)
    const folder = { root: '/p', sources: '/p/s', tables: '/p/t', views: '/p/v', checks: '/p/c' }
    const declared = (description: string) =>
      new Map([
        ['patients', extendTable({ nickname: text({ phi: 'direct', description }).nullable() })],
        [
          'incidents',
          defineTable({
            grain: "one incident, as the ward's list has it",
            key: ['incident_id'],
            columns: { incident_id: id({ phi: 'quasi', description: "The ward's own number; 'x' \\ y." }) },
          }),
        ],
      ])
    t.teardown(() => {
      setCurrentProject(undefined)
    })
    await withSession(url, async session => {
      setCurrentProject({ ...folder, declared: declared('What friends say.') })
      await migrate(session)
      t.is(await commentOf(session, 'store.patients', 'nickname'), 'What friends say. PHI: direct.')
      t.regex(
        (await commentOf(session, 'store.incidents')) ?? '',
        /^One row is one incident, as the ward's list has it/,
      )
      t.is(await commentOf(session, 'store.incidents', 'incident_id'), "The ward's own number; 'x' \\ y. PHI: quasi.")
      setCurrentProject({ ...folder, declared: declared('What the family says.') })
      await migrate(session)
      t.is(await commentOf(session, 'store.patients', 'nickname'), 'What the family says. PHI: direct.')
    })
  },
)
