import test from 'ava'
import { canonical } from '../../pipelines/contract/tables/canonical.ts'
import { columnsOf, postgresType } from '../../pipelines/contract/contract.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'

interface ColumnRow {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly has_default: boolean
}

test('table and contract name the same columns, types and keys', async t => {
  const { url } = await testDatabase(t)
  for (const contract of canonical) {
    const rows = (await rowsOf(
      url,
      `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required, a.atthasdef as has_default
       from pg_attribute as a
       where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
       order by a.attnum`,
      [`store.${contract.table}`],
    )) as unknown as ColumnRow[]
    const declared = columnsOf(contract).map(column => ({
      name: column.name,
      type: postgresType(column.type),
      required: !column.nullable,
      has_default: column.absent !== undefined,
    }))
    const engineColumns = [
      ...(contract.table === 'visits'
        ? [{ name: 'silent_on', type: 'text[]', required: false, has_default: false }]
        : []),
      { name: 'source', type: 'text', required: true, has_default: false },
      { name: 'batch_date', type: 'date', required: true, has_default: false },
    ]
    t.deepEqual(sorted(rows), sorted([...declared, ...engineColumns]), contract.table)
    t.deepEqual(
      rows.map(row => row.name).slice(-2),
      ['source', 'batch_date'],
      `${contract.table}: the two constant columns come last`,
    )
    t.deepEqual(await primaryKey(url, contract.table), [...contract.key, 'source', 'batch_date'], contract.table)
  }
})

const sorted = (rows: readonly ColumnRow[]): readonly ColumnRow[] =>
  [...rows].sort((a, b) => (a.name < b.name ? -1 : 1))

async function primaryKey(url: string, table: string): Promise<readonly unknown[]> {
  const rows = await rowsOf(
    url,
    `select a.attname as name
     from pg_index as i
     cross join lateral unnest(i.indkey::int[]) with ordinality as k (attnum, position)
     join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
     where i.indrelid = $1::regclass and i.indisprimary
     order by k.position`,
    [`store.${table}`],
  )
  return rows.map(row => row['name'])
}
