import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import fc from 'fast-check'
import { LockedError, RefusedError } from '../../pipelines/platform/errors.ts'
import { exposition } from '../../pipelines/telemetry/exposition.ts'
import { prometheus } from '../../pipelines/telemetry/prometheus.ts'
import { type Metric, parseExposition } from './exposition-parser.ts'
import { observe, testFolder } from './runs.ts'

const telemetryIn = (folder: string): ReturnType<typeof prometheus> =>
  prometheus({ CASELOAD_METRICS_DIR: folder }, '/nowhere')

const read = (folder: string, name: string): ReadonlyMap<string, Metric> =>
  parseExposition(readFileSync(join(folder, name), 'utf8'))

/** The only sample of a metric, which is of source_a. */
function only(metrics: ReadonlyMap<string, Metric>, name: string): number | undefined {
  const [sample, ...others] = metrics.get(name)?.samples ?? []
  return others.length === 0 && sample?.labels['source'] === 'source_a' ? sample.value : undefined
}

test('a published run writes two files that a strict reader accepts', async t => {
  const folder = testFolder(t)
  const before = Date.now() / 1000
  const { lines } = await observe(telemetryIn(folder))
  t.deepEqual(lines, [])
  t.deepEqual(readdirSync(folder).sort(), ['caseload_source_a.prom', 'caseload_source_a.published.prom'])
  const run = read(folder, 'caseload_source_a.prom')
  const of = (name: string): number | undefined => only(run, `caseload_last_run_${name}`)
  t.is(of('success'), 1)
  t.is(of('exit_code'), 0)
  t.is(of('attempts'), 2)
  t.is(of('batch_date_timestamp_seconds'), Date.UTC(2023, 4, 1) / 1000)
  const began = of('start_timestamp_seconds') ?? 0
  const ended = of('end_timestamp_seconds') ?? 0
  t.true(began >= before && ended >= began && Date.now() / 1000 >= ended)
  t.is(of('duration_seconds'), Math.round((ended - began) * 1000) / 1000)
  const batch = read(folder, 'caseload_source_a.published.prom')
  const last = (name: string): number | undefined => only(batch, `caseload_last_published_${name}`)
  t.is(last('timestamp_seconds'), ended)
  t.is(last('records_read'), 22)
  t.is(last('records_quarantined'), 1)
  t.is(last('files'), 2)
  t.is(last('bytes'), 2148)
  t.is(last('checks_warned'), 1)
  const rows = (name: string): unknown => batch.get(`caseload_last_published_rows_${name}`)?.samples
  const both = (patients: number, visits: number): unknown => [
    { labels: { source: 'source_a', table: 'patients' }, value: patients },
    { labels: { source: 'source_a', table: 'visits' }, value: visits },
  ]
  t.deepEqual(rows('loaded'), both(19, 21))
  t.deepEqual(rows('quarantined'), both(2, 0))
  t.deepEqual(rows('removed'), both(1, 0))
  t.deepEqual(batch.get('caseload_last_published_values_dropped')?.samples, both(2, 0))
  for (const [name, { type, help }] of [...run, ...batch]) {
    t.is(type, 'gauge')
    t.regex(name, /^caseload_last_(run|published)_[a-z_]+$/)
    t.true(help.endsWith('.'), name)
  }
})

test('a failed run is reported, and the file of the last published run stays', async t => {
  const folder = testFolder(t)
  await observe(telemetryIn(folder))
  const before = readFileSync(join(folder, 'caseload_source_a.published.prom'), 'utf8')
  for (const [error, code] of [
    [new RefusedError('Too many bad rows.'), 3],
    [new LockedError('Held by another run.'), 75],
    [new Error('a bug'), 1],
  ] as const) {
    const { thrown } = await observe(telemetryIn(folder), () => Promise.reject(error))
    t.is(thrown, error)
    const run = read(folder, 'caseload_source_a.prom')
    t.is(only(run, 'caseload_last_run_success'), 0)
    t.is(only(run, 'caseload_last_run_exit_code'), code)
  }
  t.is(readFileSync(join(folder, 'caseload_source_a.published.prom'), 'utf8'), before)
})

test('other users can read the files with any umask; a missing folder is a warning', async t => {
  const folder = testFolder(t)
  const umask = process.umask(0o077)
  try {
    await observe(telemetryIn(folder))
  } finally {
    process.umask(umask)
  }
  for (const name of readdirSync(folder)) t.is(statSync(join(folder, name)).mode & 0o777, 0o644, name)
  const { lines, thrown } = await observe(telemetryIn(join(folder, 'no/such')))
  t.is(thrown, undefined)
  t.regex(lines.join('\n'), /^warn telemetry: Prometheus: .* could not be written to the folder .*: ENOENT\.$/)
  t.deepEqual(prometheus({}, '/'), [])
  t.deepEqual(prometheus({ CASELOAD_METRICS_DIR: '' }, '/'), [])
})

test('processes that write at the same time leave whole files, and a reader never sees half of one', async t => {
  const folder = testFolder(t)
  chmodSync(folder, 0o755)
  const writer = fileURLToPath(new URL('metrics-writer.js', import.meta.url))
  const writers = [1, 2, 3].map(number =>
    spawn(process.execPath, [...process.execArgv, writer, folder, String(number)], { stdio: 'inherit' }),
  )
  let running = writers.length
  for (const child of writers) child.once('close', () => running--)
  const over = Promise.all(writers.map(child => once(child, 'close')))
  let reads = 0
  while (running > 0) {
    for (const name of readdirSync(folder).filter(one => one.endsWith('.prom'))) {
      const metrics = read(folder, name)
      // Each writer writes only one number: a mix would have two.
      const rows = ['loaded', 'quarantined', 'removed'].flatMap(
        kind => metrics.get(`caseload_last_published_rows_${kind}`)?.samples.map(({ value }) => value) ?? [],
      )
      t.true(new Set(rows).size <= 1, rows.join())
      reads++
    }
    await new Promise(resolve => setImmediate(resolve))
  }
  t.deepEqual(
    (await over).map(([code]) => code as unknown),
    [0, 0, 0],
  )
  t.true(reads > 10, `${reads} reads`)
  t.deepEqual(readdirSync(folder).sort(), ['caseload_source_a.prom', 'caseload_source_a.published.prom'])
})

test('a reader gets back any text of a label or a help', t => {
  const text = fc.string({ unit: fc.constantFrom(...Array.from('ab"\\\n{}=, é#')), maxLength: 12 })
  fc.assert(
    fc.property(text, text, fc.integer(), (help, label, value) => {
      const written = exposition([
        { name: 'a_metric', help, samples: [{ labels: { source: label, table: 'b' }, value }] },
      ])
      const metric = parseExposition(written).get('a_metric')
      t.deepEqual(metric, { type: 'gauge', help, samples: [{ labels: { source: label, table: 'b' }, value }] })
    }),
  )
  t.is(exposition([{ name: 'none', help: 'No sample.', samples: [] }]), '')
})

test('the reader of these tests is strict', t => {
  const head = '# HELP a A.\n# TYPE a gauge\n'
  t.notThrows(() => parseExposition(`${head}a{b="c"} 1\na 2.5\n`))
  for (const wrong of [
    `${head}a 1`,
    'a 1\n',
    '# TYPE a gauge\n# HELP a A.\na 1\n',
    `${head}a 1\na 1\n`,
    `${head}a 1 1700000000\n`,
    `${head}a{b='c'} 1\n`,
    `${head}a{b="c" 1\n`,
    `${head}a{b="\\c"} 1\n`,
    `${head}a NaN\n`,
    `${head}${head}a 1\n`,
    `${head}\na 1\n`,
    `${head}b 1\n`,
  ]) {
    t.throws(() => parseExposition(wrong), undefined, wrong)
  }
})
