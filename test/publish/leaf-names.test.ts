import test from 'ava'
import fc from 'fast-check'
import { leafName } from '../../pipelines/source/batch.ts'
import { canonical } from '../../pipelines/contract/tables/canonical.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'

const names = fc
  .stringMatching(/^[a-z][a-z0-9]{0,8}(_[a-z0-9]{1,8}){0,2}(__[a-z0-9]{1,9})?$/)
  .filter(name => name.length <= 30)

test('leaves of all tables of a batch have names of their own, of at most 63 bytes', t => {
  const days = fc.date({ min: new Date('1900-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  fc.assert(
    fc.property(fc.oneof(names, fc.constant('a'.repeat(30))), days, fc.uuid(), (source, day, runId) => {
      const leaves = canonical.map(({ table }) =>
        leafName(table, { source, date: day.toISOString().slice(0, 10) }, runId),
      )
      t.is(new Set(leaves).size, canonical.length)
      for (const leaf of leaves) {
        t.true(Buffer.byteLength(leaf) <= 63, leaf)
        t.true(leaf.endsWith(`_${runId.slice(0, 8)}`), leaf)
      }
    }),
  )
})

test('indexes of the longest leaves are told apart by their run', async t => {
  const { url } = await testDatabase(t)
  const long = { source: `source_a__${'x'.repeat(20)}`, date: '2023-05-01' }
  await withSession(url, async session => {
    for (const { table } of canonical) {
      const leaf = leafName(table, long, '01234567-0000-4000-8000-000000000000')
      await session.query('select caseload.create_leaf($1, $2, $3, $4)', [table, leaf, long.source, long.date])
      await session.query('select caseload.index_leaf($1, $2)', [table, leaf])
    }
  })
  const indexes = await rowsOf(url, `select indexname from pg_catalog.pg_indexes where schemaname = 'caseload_stage'`)
  t.true(indexes.length >= canonical.length)
  for (const { indexname } of indexes) t.regex(String(indexname), /_01234567_\d+$/)
})
