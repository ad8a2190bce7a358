import { readFileSync } from 'node:fs'
import test from 'ava'
import { caseload, root } from '../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../helpers/landing.ts'

/** The SQL of the page, with names where dbt would put them. */
function models(incremental: boolean): readonly string[] {
  const page = readFileSync(`${root}docs/dbt.md`, 'utf8')
  return [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, block = '']) =>
    block
      .replaceAll(/\{\{ config\(.*?\) \}\}/gs, '')
      .replaceAll(/\{\{ source\('(\w+)', '(\w+)'\) \}\}/g, '$1.$2')
      .replaceAll('{{ this }}', 'public.model')
      .replaceAll(/\{% if is_incremental\(\) %\}(.*?)\{% endif %\}/gs, incremental ? '$1' : ''),
  )
}

const treatments = (count: number): string =>
  JSON.stringify([
    patient(
      'P1',
      'Avery Sample',
      Array.from({ length: count }, () => ({ drug: 'Metformin', dose: '500 mg' })),
    ),
  ])

test('the incremental model follows batches: new ones, replaced ones, and nothing twice', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const run = async (day: string, rows: number): Promise<void> => {
    landing.write(eventsFile.replace('20230501', day), treatments(rows))
    t.is((await caseload(['run', 'source_a', day, '--landing', landing.root], { url })).code, 0)
  }
  /** What dbt does with the model: select, delete what has the same unique key, insert. */
  const refresh = async (incremental: boolean): Promise<number> =>
    withSession(url, async session => {
      const [select = ''] = models(incremental)
      if (!incremental) await session.query(`create table public.model as ${select}`)
      else {
        await session.query(`create temporary table fresh as ${select}`)
        await session.query(`delete from public.model as m using fresh as f
          where f.source = m.source and f.batch_date = m.batch_date`)
        await session.query('insert into public.model select * from fresh')
      }
      const count = await session.query<{ n: number }>(
        `select count(*) as n from ${incremental ? 'fresh' : 'public.model'}`,
      )
      return count.rows[0]?.n ?? -1
    })
  await run('20230501', 2)
  t.is(await refresh(false), 2)
  t.is(await refresh(true), 0)
  await run('20230502', 1)
  await run('20230501', 3)
  t.is(await refresh(true), 4)
  t.is((await rowsOf(url, 'select * from public.model')).length, 4)
  t.is(await refresh(true), 0)
  await run('20230502', 0)
  const [, emptied = ''] = models(true)
  t.deepEqual(
    (await rowsOf(url, emptied)).map(row => row['batch_date']),
    ['2023-05-02'],
  )
})

test('published has the documented columns', async t => {
  const { url } = await testDatabase(t)
  const columns = await rowsOf(
    url,
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = 'caseload.published'::regclass and attnum > 0 order by attnum`,
  )
  t.deepEqual(
    columns.map(column => `${String(column['name'])} ${String(column['type'])}`),
    [
      'source text',
      'table_name text',
      'batch_date date',
      'run_id uuid',
      'rows bigint',
      'published_at timestamp with time zone',
    ],
  )
})
