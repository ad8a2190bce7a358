import { join } from 'node:path'
import test from 'ava'
import { registerSource } from '../../pipelines/ledger/ledger.ts'
import { loadSource } from '../../pipelines/source/load-source.ts'
import { root } from '../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'

test('the ledger knows what a source declares now, and nothing of what it declared before', async t => {
  const { url } = await testDatabase(t)
  const source = await loadSource('source_a', [join(root, 'sources')])
  const declaring = (
    zone: string,
    delivery: Readonly<Record<string, string>>,
    children: Readonly<Record<string, string>> = {},
  ): typeof source => ({
    ...source,
    transformer: Object.create(source.transformer, {
      zone: { value: zone },
      tables: { value: Object.keys(delivery) },
      delivery: { value: delivery },
      children: { value: children },
    }) as typeof source.transformer,
  })
  const before = declaring('Europe/Paris', { patients: 'upsert', visits: 'full' }, { visits: 'entity' })
  const now = declaring('America/Chicago', { visits: 'upsert', diagnoses: 'insert_only' }, { diagnoses: 'entity' })
  const other = { ...before, name: 'source_a__north' }
  await withSession(url, async session => {
    for (const one of [before, other, now]) await registerSource(session, one)
  })
  t.deepEqual(await rowsOf(url, 'select source, transformer, zone from caseload.sources order by 1'), [
    { source: 'source_a', transformer: 'source_a', zone: 'America/Chicago' },
    { source: 'source_a__north', transformer: 'source_a', zone: 'Europe/Paris' },
  ])
  t.deepEqual(
    await rowsOf(url, 'select source, table_name, delivery, children from caseload.deliveries order by 1, 2'),
    [
      { source: 'source_a', table_name: 'diagnoses', delivery: 'insert_only', children: 'entity' },
      { source: 'source_a', table_name: 'visits', delivery: 'upsert', children: 'document' },
      { source: 'source_a__north', table_name: 'patients', delivery: 'upsert', children: 'document' },
      { source: 'source_a__north', table_name: 'visits', delivery: 'full', children: 'entity' },
    ],
  )
})
