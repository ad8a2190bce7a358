import test from 'ava'
import { monthSlices } from '../../pipelines/marts/months.ts'
import { refreshMarts } from '../../pipelines/marts/refresh.ts'
import { readModel } from '../../pipelines/marts/definitions.ts'
import { notedMarts } from '../../pipelines/marts/make-marts.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { testDatabase } from '../helpers/database.ts'
import { differences } from './compare.ts'
import { options, publish, withMarts } from './one-feed.ts'

const ends = async (session: Session): Promise<readonly string[]> => {
  const found = await session.query<{ line: string }>(
    `select concat_ws(' ', month, known_on, visits) as line from mart.visit_ends order by 1`,
  )
  return found.rows.map(row => row.line)
}

test('months that follow each other are one slice, also over the turn of a year', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    const { marts } = await readModel(session, options.views, await notedMarts(session))
    const mart = marts.find(({ name }) => name === 'visit_ends')
    if (mart === undefined) return t.fail()
    const of = (month: string, column = 'started_on') => ({ column, source: 'feed', month })
    const changed = new Map([
      [
        'person_visits',
        [of('2024-01-01'), of('2023-12-01'), of('2023-12-01'), of('2023-05-01'), of('2022-01-01', 'ended_on')],
      ],
      ['readmissions', [of('2021-01-01')]],
    ])
    const spans = monthSlices(mart, changed).map(slice => (slice.by === 'month' ? [slice.from, slice.until] : []))
    t.deepEqual(spans, [
      ['2023-05-01', '2023-06-01'],
      ['2023-12-01', '2024-02-01'],
    ])
  })
})

test('a refresh writes the months in which rows changed, and reads no other', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    // What a refresh does not read it does not repair.
    await session.query(`insert into mart.visit_ends select 'feed', 'outpatient', '2023-03-01', '2023-03-02', 7`)
    await publish(session, '2023-06-01', 'Aspirin')
    await refreshMarts(session, options)
    t.deepEqual(await ends(session), ['2023-03-01 2023-03-02 7', '2023-05-01 2023-05-01 1', '2023-06-01 2023-06-01 1'])
    await session.query(`delete from mart.visit_ends where month = '2023-03-01'`)
    t.deepEqual(await differences(session), [])
  })
})

test('a visit that moves to another month is counted there, and no more in the month that it left', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    await publish(session, '2023-05-01', 'Metformin', '2023-04-20')
    await refreshMarts(session, options)
    t.deepEqual(await ends(session), ['2023-04-01 2023-04-20 1'])
    t.deepEqual(await differences(session), [])
  })
})
