import { randomUUID } from 'node:crypto'
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { warnings } from '../audit/check-result.ts'
import { total } from '../contract/counts.ts'
import { exposition, type Gauge } from './exposition.ts'
import type { Published, RunEnded, Telemetry } from './run-event.ts'
import type { Environment } from '../platform/environment.ts'

/**
 * Two files per source for node-exporter's textfile collector: `caseload_<source>.prom` says how the last run ended,
 * and `caseload_<source>.published.prom` what the last published run loaded. With one file a failed run would have to
 * copy the values of the last success, and concurrent runs would lose them.
 *
 * @param env CASELOAD_METRICS_DIR, a folder that exists
 * @param cwd base of relative paths
 * @returns empty if the variable is not set
 */
export function prometheus(env: Environment, cwd: string): readonly Telemetry[] {
  const asked = env['CASELOAD_METRICS_DIR'] ?? ''
  if (asked === '') return []
  const folder = resolve(cwd, asked)
  return [
    {
      name: 'Prometheus',
      started: () => Promise.resolve(),
      ended: event => {
        const { source } = event.batch
        replaceFile(folder, `caseload_${source}.prom`, exposition(lastRun(event)))
        if (event.outcome.state === 'published') {
          const gauges = lastPublished(event, event.outcome.published)
          replaceFile(folder, `caseload_${source}.published.prom`, exposition(gauges))
        }
        return Promise.resolve()
      },
    },
  ]
}

/** Writes a temporary file and renames it: a reader finds the old file or the new one, and the last of two writers wins. */
function replaceFile(folder: string, name: string, text: string): void {
  // The collector reads only names that end in .prom.
  const written = join(folder, `.${name}.${randomUUID()}`)
  try {
    writeFileSync(written, text, { flag: 'wx', mode: 0o644 })
    // The collector runs as another user, so the umask must not apply.
    chmodSync(written, 0o644)
    renameSync(written, join(folder, name))
  } catch (error) {
    rmSync(written, { force: true })
    const code = (error as NodeJS.ErrnoException).code ?? 'error'
    throw new Error(
      `${name} could not be written to the folder ${folder}, which CASELOAD_METRICS_DIR names: ${code}.`,
      {
        cause: error,
      },
    )
  }
}

function lastRun({ batch, startedAt, endedAt, attempts, outcome }: RunEnded): readonly Gauge[] {
  const gauge = gaugesOf('caseload_last_run', batch.source)
  return [
    gauge('success', 'Whether the last run of the source was published: 1, or 0.', Number(outcome.exitCode === 0)),
    gauge('exit_code', 'Exit code of the last run of the source.', outcome.exitCode),
    gauge('start_timestamp_seconds', 'When the last run of the source began.', seconds(startedAt)),
    gauge('end_timestamp_seconds', 'When the last run of the source ended.', seconds(endedAt)),
    gauge('duration_seconds', 'How long the last run of the source took.', took(startedAt, endedAt)),
    gauge('attempts', 'Attempts of the last run of the source.', attempts),
    gauge('batch_date_timestamp_seconds', 'Batch date of the last run of the source, 00:00 UTC.', dayOf(batch.date)),
  ]
}

function lastPublished({ batch, startedAt, endedAt }: RunEnded, run: Published): readonly Gauge[] {
  const { source } = batch
  const prefix = 'caseload_last_published'
  const gauge = gaugesOf(prefix, source)
  const rows = (name: string, help: string, count: (table: Published['tables'][number]) => number): Gauge => ({
    name: `${prefix}_rows_${name}`,
    help,
    samples: run.tables.map(one => ({ labels: { source, table: one.table }, value: count(one) })),
  })
  const sum = (count: (file: Published['files'][number]) => number): number =>
    run.files.reduce((all, file) => all + count(file), 0)
  return [
    gauge('timestamp_seconds', 'When the source was last published.', seconds(endedAt)),
    gauge('duration_seconds', 'How long the last published run of the source took.', took(startedAt, endedAt)),
    gauge('batch_date_timestamp_seconds', 'Batch date of the last published run, 00:00 UTC.', dayOf(batch.date)),
    gauge('files', 'Files read by the last published run.', run.files.length),
    gauge(
      'bytes',
      'Bytes read by the last published run.',
      sum(file => file.bytes),
    ),
    gauge(
      'records_read',
      'Records read by the last published run.',
      sum(file => file.records),
    ),
    gauge(
      'records_quarantined',
      'Records that did not have the declared form.',
      sum(file => file.quarantined),
    ),
    gauge('checks_warned', 'Quality checks of severity warn that failed.', warnings(run.checks).length),
    rows('loaded', 'Rows that the last published run loaded, by table.', one => one.loaded),
    rows('quarantined', 'Rows that the last published run put in quarantine, by table.', one => total(one.quarantined)),
    {
      name: `${prefix}_values_dropped`,
      help: 'Values of loaded rows that the last published run dropped, by table.',
      samples: run.tables.map(one => ({ labels: { source, table: one.table }, value: total(one.dropped) })),
    },
    rows('removed', 'Rows that the last published run removed by a named rule, by table.', one => total(one.removed)),
  ]
}

function gaugesOf(prefix: string, source: string): (name: string, help: string, value: number) => Gauge {
  return (name, help, value) => ({ name: `${prefix}_${name}`, help, samples: [{ labels: { source }, value }] })
}

const seconds = (time: Date): number => time.getTime() / 1000

const took = (start: Date, end: Date): number => (end.getTime() - start.getTime()) / 1000

const dayOf = (date: string): number => seconds(new Date(`${date}T00:00:00Z`))
