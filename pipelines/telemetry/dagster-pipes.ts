import { warnings } from '../audit/check-result.ts'
import { total } from '../contract/counts.ts'
import type { StagedTable } from '../source/transformer.ts'
import { assetKeys, messageSender, type SendMessage } from './dagster-protocol.ts'
import type { Published, RunEnded, RunStarted, Telemetry } from './run-event.ts'
import type { Environment } from '../platform/environment.ts'

/**
 * Dagster Pipes: reports the run to the Dagster step that started this process, with the messages `opened`, `log`,
 * `report_asset_materialization` and `closed`. A step with one asset gets the whole run reported for that asset; a step
 * with several assets gets a report for each asset whose key ends in the name of a table.
 *
 * @param env DAGSTER_PIPES_CONTEXT and DAGSTER_PIPES_MESSAGES, as Dagster sets them: base64 of zlib of JSON
 * @returns empty outside Dagster
 */
export function dagsterPipes(env: Environment): readonly Telemetry[] {
  const context = env['DAGSTER_PIPES_CONTEXT'] ?? ''
  const messages = env['DAGSTER_PIPES_MESSAGES'] ?? ''
  if (context === '' || messages === '') return []
  return [
    {
      name: 'Dagster Pipes',
      started: event => {
        const send = messageSender(messages)
        send('opened', { extras: {} })
        send('log', { message: describeStart(event), level: 'INFO' })
        return Promise.resolve()
      },
      ended: event => {
        report(event, assetKeys(context), messageSender(messages))
        return Promise.resolve()
      },
    },
  ]
}

function report(event: RunEnded, assets: readonly string[], send: SendMessage): void {
  const { outcome } = event
  if (outcome.state !== 'published') {
    const { errorClass, message } = outcome
    send('log', { message, level: 'ERROR' })
    send('closed', { exception: { message, stack: [], name: errorClass, cause: null, context: null } })
    return
  }
  for (const [asset_key, metadata] of materialized(event, outcome.published, assets)) {
    // With null Dagster generates a version, as for any asset.
    send('report_asset_materialization', { asset_key, data_version: null, metadata })
  }
  send('closed', {})
}

type Metadata = Readonly<Record<string, { readonly raw_value: string | number; readonly type: 'text' | 'int' }>>

function materialized(
  event: RunEnded,
  run: Published,
  assets: readonly string[],
): readonly (readonly [string, Metadata])[] {
  const [only] = assets
  if (only === undefined) return []
  if (assets.length === 1) return [[only, { ...runMetadata(event, run), ...perTable(run.tables) }]]
  return assets.flatMap(asset => {
    const table = run.tables.find(one => one.table === asset.split('/').at(-1))
    return table === undefined ? [] : [[asset, { ...runMetadata(event, run), ...tableMetadata(table) }] as const]
  })
}

function runMetadata({ runId, batch }: RunEnded, run: Published): Metadata {
  return {
    'caseload/run_id': text(runId),
    'caseload/source': text(batch.source),
    'caseload/batch_date': text(batch.date),
    'caseload/files': int(run.files.length),
    'caseload/records_read': int(run.files.reduce((sum, file) => sum + file.records, 0)),
    'caseload/checks_warned': int(warnings(run.checks).length),
  }
}

/** Dagster plots `dagster/row_count` over time. */
function tableMetadata({ loaded, quarantined, removed, dropped }: StagedTable): Metadata {
  return {
    'dagster/row_count': int(loaded),
    'caseload/quarantined': int(total(quarantined)),
    'caseload/removed': int(total(removed)),
    'caseload/values_dropped': int(total(dropped)),
  }
}

function perTable(tables: readonly StagedTable[]): Metadata {
  const sum = (count: (table: StagedTable) => number): number => tables.reduce((all, one) => all + count(one), 0)
  return {
    'dagster/row_count': int(sum(one => one.loaded)),
    'caseload/quarantined': int(sum(one => total(one.quarantined))),
    'caseload/removed': int(sum(one => total(one.removed))),
    'caseload/values_dropped': int(sum(one => total(one.dropped))),
    ...Object.fromEntries(tables.map(one => [`caseload/loaded/${one.table}`, int(one.loaded)])),
  }
}

const text = (raw_value: string): Metadata[string] => ({ raw_value, type: 'text' })
const int = (raw_value: number): Metadata[string] => ({ raw_value, type: 'int' })

const describeStart = ({ batch, runId }: RunStarted): string =>
  `caseload run ${batch.source} ${batch.date}, run ${runId}`
