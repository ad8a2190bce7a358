import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import test from 'ava'
import { defaultBadRowLimit } from '../../../pipelines/source/bad-row-limit.ts'
import { enginePool } from '../../../pipelines/run/engine-pool.ts'
import { stderrLog } from '../../../pipelines/platform/log.ts'
import { runBatch } from '../../../pipelines/run/run-batch.ts'
import { loadSource, shippedSources } from '../../../pipelines/source/load-source.ts'
import { openAsOwner } from '../../../pipelines/embedded/target.ts'
import type { RunListener } from '../../../pipelines/run/run-listener.ts'
import { testDatabase } from '../../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../../helpers/landing.ts'

test('a run reports its stages in order, and all rows of all tables', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const patients = Array.from({ length: 3000 }, (_, i) =>
    patient(`P${i}`, 'A Name', [{ drug: 'Metformin', dose: '1 g' }]),
  )
  landing.write(eventsFile, JSON.stringify(patients))
  const engines = enginePool()
  t.teardown(() => {
    engines.close()
  })
  const steps: string[] = []
  const rows: number[] = []
  const watch: RunListener = {
    stage: stage => steps.push(stage),
    rows: count => rows.push(count),
  }
  const result = await runBatch({
    batch: { source: 'source_a', date: '2023-05-01' },
    runId: randomUUID(),
    externalId: undefined,
    skipIfPublishedSince: undefined,
    source: await loadSource('source_a', [shippedSources]),
    landing: landing.root,
    sourceFolders: [shippedSources],
    openSession: name => openAsOwner(url, name),
    databaseUrl: url,
    engines,
    workRoot: tmpdir(),
    memoryLimit: '256MB',
    threads: 1,
    badRows: defaultBadRowLimit,
    keep: 1,
    retries: { retries: 0, firstWait: 0, longestWait: 0 },
    codeVersion: 'test',
    log: stderrLog({}, { level: 'error' }),
    watch,
    signal: new AbortController().signal,
  })
  t.deepEqual(steps, ['lock', 'read', 'stage', 'audit', 'publish'])
  const loaded = result.tables.reduce((sum, table) => sum + table.loaded, 0)
  t.is(loaded, 12_000)
  t.is(rows[0], 0)
  t.is(rows.at(-1), loaded)
  t.deepEqual(
    rows,
    rows.toSorted((a, b) => a - b),
  )
})
