import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { dagsterPipes } from '../../pipelines/telemetry/dagster-pipes.ts'
import { telemetryOf, telemetryOfOneRun } from '../../pipelines/telemetry/telemetry.ts'
import { observe, testFolder } from './runs.ts'

/** A parameter in the encoding of Dagster. */
const param = (value: unknown): string => deflateSync(Buffer.from(JSON.stringify(value))).toString('base64')

/** The context of a step in Dagster 1.13. */
const context = (asset_keys: readonly string[] | null): Record<string, unknown> => ({
  asset_keys,
  code_version_by_asset_key: asset_keys === null ? null : Object.fromEntries(asset_keys.map(key => [key, null])),
  provenance_by_asset_key: asset_keys === null ? null : Object.fromEntries(asset_keys.map(key => [key, null])),
  partition_key: '2023-05-01',
  partition_key_range: { start: '2023-05-01', end: '2023-05-01' },
  partition_time_window: { start: '2023-05-01T00:00:00+00:00', end: '2023-05-02T00:00:00+00:00' },
  run_id: '3c1e2f64-8f0f-4a57-a8cd-1f0f2b6f3b0a',
  job_name: '__ASSET_JOB',
  retry_number: 0,
  extras: {},
})

/** The environment of a step with its files, and the lines that were written to it. */
function step(t: ExecutionContext, asset_keys: readonly string[] | null, direct = false) {
  const folder = testFolder(t)
  const messages = join(folder, 'messages')
  writeFileSync(messages, '')
  writeFileSync(join(folder, 'context'), JSON.stringify(context(asset_keys)))
  const env = {
    DAGSTER_PIPES_CONTEXT: param(direct ? { data: context(asset_keys) } : { path: join(folder, 'context') }),
    DAGSTER_PIPES_MESSAGES: param({ path: messages }),
  }
  return { env, lines: () => readFileSync(messages, 'utf8') }
}

const line = (method: string, params: unknown): string =>
  `${JSON.stringify({ __dagster_pipes_version: '0.1', method, params })}\n`
const text = (raw_value: string) => ({ raw_value, type: 'text' })
const int = (raw_value: number) => ({ raw_value, type: 'int' })

const ofRun = (runId: string) => ({
  'caseload/run_id': text(runId),
  'caseload/source': text('source_a'),
  'caseload/batch_date': text('2023-05-01'),
  'caseload/files': int(2),
  'caseload/records_read': int(22),
  'caseload/checks_warned': int(1),
})

const opening = (runId: string): string =>
  line('opened', { extras: {} }) +
  line('log', { message: `caseload run source_a 2023-05-01, run ${runId}`, level: 'INFO' })

test('a step with one asset gets the run reported for it, line by line as the protocol says', async t => {
  for (const direct of [false, true]) {
    const { env, lines } = step(t, ['clinic/source_a'], direct)
    const { lines: logged, about } = await observe(dagsterPipes(env))
    t.deepEqual(logged, [])
    t.is(
      lines(),
      opening(about.runId) +
        line('report_asset_materialization', {
          asset_key: 'clinic/source_a',
          data_version: null,
          metadata: {
            ...ofRun(about.runId),
            'dagster/row_count': int(40),
            'caseload/quarantined': int(2),
            'caseload/removed': int(1),
            'caseload/values_dropped': int(2),
            'caseload/loaded/patients': int(19),
            'caseload/loaded/visits': int(21),
          },
        }) +
        line('closed', {}),
    )
  }
})

test('a step with several assets gets a report for each asset with the name of a table', async t => {
  const { env, lines } = step(t, ['clinic/visits', 'clinic/reports'])
  const { about } = await observe(dagsterPipes(env))
  const metadata = {
    ...ofRun(about.runId),
    'dagster/row_count': int(21),
    'caseload/quarantined': int(0),
    'caseload/removed': int(0),
    'caseload/values_dropped': int(0),
  }
  t.is(
    lines(),
    opening(about.runId) +
      line('report_asset_materialization', { asset_key: 'clinic/visits', data_version: null, metadata }) +
      line('closed', {}),
  )
})

test('a step without assets, an op, gets the run and no asset reported', async t => {
  const { env, lines } = step(t, null)
  const { about } = await observe(dagsterPipes(env))
  t.is(lines(), opening(about.runId) + line('closed', {}))
})

test('a run that failed closes with its error, without a stack', async t => {
  const { env, lines } = step(t, ['source_a'])
  const { about } = await observe(dagsterPipes(env), () => Promise.reject(new RefusedError('Too many bad rows.')))
  const message = 'Too many bad rows.'
  t.is(
    lines(),
    opening(about.runId) +
      line('log', { message, level: 'ERROR' }) +
      line('closed', { exception: { message, stack: [], name: 'RefusedError', cause: null, context: null } }),
  )
})

test('a wrong environment is a warning; without one there is no telemetry', async t => {
  const { env } = step(t, ['source_a'])
  const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ ...env, DAGSTER_PIPES_MESSAGES: 'x' }, /base64 of zlib of JSON/],
    [
      { ...env, DAGSTER_PIPES_MESSAGES: param({ bucket: 'b', key_prefix: 'k' }) },
      /Expected a file or stdio in DAGSTER_PIPES_MESSAGES/,
    ],
    [{ ...env, DAGSTER_PIPES_CONTEXT: param({}) }, /neither a path nor data/],
    [{ ...env, DAGSTER_PIPES_MESSAGES: param({ path: '/no/such/folder/file' }) }, /could not be written/],
    [{ ...env, DAGSTER_PIPES_CONTEXT: param({ path: '/no/such/folder/file' }) }, /could not be read/],
  ]
  for (const [environment, warning] of wrong) {
    const { lines, thrown } = await observe(dagsterPipes(environment))
    t.is(thrown, undefined)
    t.regex(lines.join('\n'), warning)
  }
  t.deepEqual(dagsterPipes({}), [])
  t.deepEqual(dagsterPipes({ DAGSTER_PIPES_CONTEXT: env.DAGSTER_PIPES_CONTEXT }), [])
})

test('only a command of one run reports to Dagster, since its messages are closed after the first', t => {
  const { env } = step(t, ['source_a'])
  const names = (list: ReturnType<typeof telemetryOf>): readonly string[] => list.map(({ name }) => name)
  const all = { ...env, OPENLINEAGE_URL: 'http://127.0.0.1:1', CASELOAD_METRICS_DIR: '/metrics' }
  t.deepEqual(names(telemetryOf('postgres://h/d', all, '/')), ['OpenLineage', 'Prometheus'])
  t.deepEqual(names(telemetryOfOneRun('postgres://h/d', all, '/')), ['OpenLineage', 'Prometheus', 'Dagster Pipes'])
  t.deepEqual(telemetryOfOneRun('postgres://h/d', {}, '/'), [])
})
