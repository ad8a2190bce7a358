import test from 'ava'
import { allContracts } from '../../pipelines/contract/tables/contracts.ts'
import { describeViews } from '../../pipelines/ledger/describe-views.ts'
import { relationsRead, viewColumns } from '../../pipelines/ledger/view-columns.ts'
import { columnsInHeader, viewHeader } from '../../pipelines/ledger/view-header.ts'
import { listViews, type View } from '../../pipelines/ledger/list-views.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'

test('the columns of every shipped view, and the types that are said, are those of the database', async t => {
  const { url } = await testDatabase(t)
  const rows = await rowsOf(
    url,
    `select c.relname as view, a.attname as name, format_type(a.atttypid, null) as type
     from pg_attribute as a join pg_class as c on c.oid = a.attrelid
     where c.relnamespace = 'clinical'::regnamespace and a.attnum > 0 order by 1, a.attnum`,
  )
  for (const { name, columns = [], grain } of describeViews(listViews(), allContracts())) {
    const found = rows.filter(row => row['view'] === name)
    t.deepEqual(
      columns.map(column => [column.name, column.type ?? found.find(one => one['name'] === column.name)?.['type']]),
      found.map(one => [one['name'], one['type']]),
      name,
    )
    t.regex(grain ?? '', /^one row per /, name)
  }
})

const columnsOfText = (select: string) => viewColumns(`-- Grain: x.\ncreate or replace view clinical.v as\n${select}`)

test('the columns of a statement are those of its outermost SELECT', t => {
  t.deepEqual(columnsOfText('select a, t.b, count(*) as "C d", x is distinct from y as e from t'), [
    'a',
    'b',
    'C d',
    'e',
  ])
  t.deepEqual(columnsOfText(`with w as (select z from u) select 'from, as' as a, (select 1 from u) as b from w`), [
    'a',
    'b',
  ])
  t.deepEqual(columnsOfText('select A from t union all select b from u;'), ['a'])
  t.is(columnsOfText('select * from t'), undefined)
  t.is(columnsOfText('select a, t.* from t'), undefined)
  t.is(columnsOfText('select a + 1 from t'), undefined)
  t.is(columnsOfText('select count(*) from t'), undefined)
  t.is(viewColumns('select 1'), undefined)
})

test('a header is a grain and notes, which say what columns mean', t => {
  const sql =
    '-- Grain: one row per stay (docs/a.md). Reads store.visits.\n-- as_of: the day; a, b: two; c is last.\nselect 1'
  const { grain, notes } = viewHeader(sql)
  t.is(grain, 'one row per stay (docs/a.md)')
  t.is(notes, 'Reads store.visits. as_of: the day; a, b: two; c is last.')
  t.deepEqual(
    [...columnsInHeader(notes, ['as_of', 'a', 'b'])],
    [
      ['as_of', 'The day.'],
      ['a', 'Two; c is last.'],
      ['b', 'Two; c is last.'],
    ],
  )
  t.deepEqual([...columnsInHeader('x and y say it. None is z.', ['x', 'y', 'z'])].length, 2)
  t.deepEqual(viewHeader('-- My own words\nselect 1'), { grain: undefined, notes: 'My own words' })
  t.deepEqual(viewHeader('select 1'), { grain: undefined, notes: '' })
})

test('a name that means two things has no description, and the most identifying tag', t => {
  const view = (name: string, text: string): View => ({
    name,
    sql: `create or replace view clinical.${name} as ${text}`,
  })
  const [one, both] = describeViews(
    [
      view('one', 'select v.source, v.visit_id, v.reason from store.visits as v'),
      view(
        'both',
        'select o.visit_id, m.name, o.reason from clinical.one as o, store.measurements as m, store.patients',
      ),
    ],
    allContracts(),
  )
  t.deepEqual(
    one?.columns?.map(column => column.description),
    ['The source that delivered the row.', 'Identifier of the visit in this source.', 'Why the patient came.'],
  )
  t.deepEqual(both?.reads, ['clinical.one', 'store.measurements', 'store.patients'])
  t.deepEqual(both?.columns, [
    { name: 'visit_id', description: undefined, type: 'text', phi: 'quasi' },
    { name: 'name', description: 'Full name as delivered.', type: 'text', phi: 'direct' },
    { name: 'reason', description: 'Why the patient came.', type: 'text', phi: 'quasi' },
  ])
  t.deepEqual(relationsRead('create view clinical.x as select 1 -- store.visits'), [])
})
