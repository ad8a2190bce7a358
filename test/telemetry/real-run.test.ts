import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { defaultBadRowLimit, parseBadRowLimit } from '../../pipelines/source/bad-row-limit.ts'
import { enginePool } from '../../pipelines/run/engine-pool.ts'
import { CaseloadError, TransientError } from '../../pipelines/platform/errors.ts'
import { openAsOwner } from '../../pipelines/embedded/target.ts'
import { redactor } from '../../pipelines/platform/redact.ts'
import { runBatch, type RunParts } from '../../pipelines/run/run-batch.ts'
import { loadSource } from '../../pipelines/source/load-source.ts'
import { runObserved } from '../../pipelines/run/run-observed.ts'
import { telemetryOfOneRun } from '../../pipelines/telemetry/telemetry.ts'
import { noListener } from '../../pipelines/run/run-listener.ts'
import { testDatabase } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'
import { brokenRows, canariesIn, goodRows, type Row } from '../system/leaks/canaries.ts'
import { textOfFolder } from '../system/leaks/places.ts'
import { csvFiles } from '../system/leaks/trial.ts'
import { keepingLog } from '../helpers/log.ts'
import { parseExposition } from './exposition-parser.ts'
import { faultsOf } from './lineage-schema.ts'
import { testFolder } from './runs.ts'

const sources = fileURLToPath(new URL('../system/leaks/sources', import.meta.url))

/** Everything for runs of the source leaky on a database of the test, with telemetry into a folder. */
async function scene(t: ExecutionContext) {
  const { url } = await testDatabase(t)
  const folder = testFolder(t)
  const landing = testLanding(t)
  const engines = enginePool()
  t.teardown(() => {
    engines.close()
  })
  mkdirSync(join(folder, 'metrics'))
  mkdirSync(join(folder, 'work'))
  writeFileSync(join(folder, 'context'), JSON.stringify({ asset_keys: ['clinic/leaky'] }))
  const param = (name: string): string =>
    deflateSync(Buffer.from(JSON.stringify({ path: join(folder, name) }))).toString('base64')
  const env = {
    DATABASE_URL: url,
    CASELOAD_OPENLINEAGE_FILE: 'events',
    CASELOAD_METRICS_DIR: 'metrics',
    DAGSTER_PIPES_CONTEXT: param('context'),
    DAGSTER_PIPES_MESSAGES: param('messages'),
  }
  const log = keepingLog()
  const parts: RunParts = {
    batch: { source: 'leaky', date: '2023-05-01' },
    runId: randomUUID(),
    externalId: undefined,
    skipIfPublishedSince: undefined,
    source: await loadSource('leaky', [sources]),
    landing: landing.root,
    sourceFolders: [sources],
    openSession: name => openAsOwner(url, name),
    databaseUrl: url,
    engines,
    workRoot: join(folder, 'work'),
    memoryLimit: '256MB',
    threads: 1,
    badRows: defaultBadRowLimit,
    keep: 1,
    retries: { retries: 2, firstWait: 1, longestWait: 1 },
    codeVersion: 'test',
    log,
    watch: noListener,
    signal: new AbortController().signal,
  }
  const deliver = (rows: ReadonlyMap<string, readonly Row[]>): void => {
    for (const [name, content] of Object.entries(csvFiles(rows))) landing.write(`leaky/20230501/${name}`, content)
  }
  const telemetries = telemetryOfOneRun(url, env, folder)
  return {
    url,
    folder,
    log,
    deliver,
    run: (change: Partial<RunParts> = {}, run: typeof runBatch = runBatch) =>
      runObserved({ ...parts, runId: randomUUID(), ...change }, telemetries, redactor(env), run),
    metric: (file: string, name: string) =>
      parseExposition(readFileSync(join(folder, 'metrics', `caseload_leaky${file}.prom`), 'utf8')).get(name)?.samples,
  }
}

test('real runs, published, refused and retried, are reported without a value of a row', async t => {
  const { url, folder, log, deliver, run, metric } = await scene(t)
  deliver(goodRows())
  const result = await run()
  t.true(result.tables.length > 10)
  t.is(metric('', 'caseload_last_run_success')?.[0]?.value, 1)
  const loaded = metric('.published', 'caseload_last_published_rows_loaded') ?? []
  t.deepEqual(
    loaded.map(({ labels, value }) => [labels['table'], value]),
    result.tables.map(one => [one.table, one.loaded]),
  )

  // Rows in quarantine, then more than the batch may have.
  const { rows } = brokenRows('pattern')
  deliver(rows)
  await run({ badRows: parseBadRowLimit('100%') })
  const quarantined = metric('.published', 'caseload_last_published_rows_quarantined') ?? []
  t.true(quarantined.some(({ value }) => value > 0))
  await t.throwsAsync(run({ badRows: parseBadRowLimit('0') }), { instanceOf: CaseloadError })
  t.is(metric('', 'caseload_last_run_exit_code')?.[0]?.value, 3)

  // An attempt that fails with a transient error is counted.
  let passing = true
  await t.throwsAsync(
    run({
      badRows: parseBadRowLimit('0'),
      openSession: async name => {
        if (passing) {
          passing = false
          throw new TransientError('The server restarts.')
        }
        return openAsOwner(url, name)
      },
    }),
  )
  t.is(metric('', 'caseload_last_run_attempts')?.[0]?.value, 2)

  const reported = textOfFolder(folder)
  t.deepEqual(canariesIn(reported), [])
  t.deepEqual(canariesIn(log.lines.join('\n')), [])
  t.deepEqual(
    log.lines.filter(line => line.includes('telemetry')),
    [],
  )
  const events = readFileSync(join(folder, 'events'), 'utf8').trimEnd().split('\n')
  t.deepEqual(
    events.map(line => (JSON.parse(line) as { eventType: string }).eventType),
    ['START', 'COMPLETE', 'START', 'COMPLETE', 'START', 'FAIL', 'START', 'FAIL'],
  )
  for (const line of events) t.deepEqual(faultsOf(JSON.parse(line)), [])
  t.true(readFileSync(join(folder, 'messages'), 'utf8').includes('report_asset_materialization'))
  t.deepEqual(readdirSync(join(folder, 'metrics')).sort(), ['caseload_leaky.prom', 'caseload_leaky.published.prom'])
})

test('a canary in the message of a bug is not reported', async t => {
  const { folder, run } = await scene(t)
  await t.throwsAsync(
    run({}, () => Promise.reject(new TypeError('Qzvx name 1 is no number'))),
    { instanceOf: TypeError },
  )
  t.deepEqual(canariesIn(textOfFolder(folder)), [])
  t.true(textOfFolder(folder).includes('A bug in Caseload'))
})
