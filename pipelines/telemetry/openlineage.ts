import { resolve } from 'node:path'
import { packageVersion } from '../source/settings.ts'
import { tableNaming } from './dataset-names.ts'
import { type Emitter, endEvent, parseParent, startEvent } from './openlineage-event.ts'
import { appendTo, type LineageSink, postTo } from './openlineage-sinks.ts'
import type { Telemetry } from './run-event.ts'
import type { Environment } from '../platform/environment.ts'

/**
 * Sends OpenLineage events to an HTTP endpoint, to a file with one event per line, or to both, as the environment says.
 *
 * @param url DATABASE_URL, or undefined if the PG* variables name the database
 * @param env OPENLINEAGE_URL, OPENLINEAGE_ENDPOINT, OPENLINEAGE_API_KEY, OPENLINEAGE_NAMESPACE, OPENLINEAGE_DISABLED,
 *   OPENLINEAGE_PARENT_ID, CASELOAD_OPENLINEAGE_FILE
 * @param cwd base of relative paths
 * @returns empty if the environment sets neither
 */
export function openLineage(url: string | undefined, env: Environment, cwd: string): readonly Telemetry[] {
  const setting = (name: string): string | undefined => (env[name] === '' ? undefined : env[name])
  if (setting('OPENLINEAGE_DISABLED')?.trim().toLowerCase() === 'true') return []
  const emitter: Emitter = {
    namespace: setting('OPENLINEAGE_NAMESPACE') ?? 'default',
    producer: `pkg:npm/caseload@${packageVersion()}`,
    nameOf: tableNaming(url, env),
    parent: parseParent(setting('OPENLINEAGE_PARENT_ID') ?? ''),
  }
  const endpoint = setting('OPENLINEAGE_URL')
  const path = setting('OPENLINEAGE_ENDPOINT') ?? 'api/v1/lineage'
  const apiKey = setting('OPENLINEAGE_API_KEY')
  const file = setting('CASELOAD_OPENLINEAGE_FILE')
  return [
    ...(endpoint === undefined ? [] : [lineage('OpenLineage', emitter, postTo({ url: endpoint, path, apiKey }))]),
    ...(file === undefined ? [] : [lineage('OpenLineage file', emitter, appendTo(resolve(cwd, file)))]),
  ]
}

function lineage(name: string, emitter: Emitter, sink: LineageSink): Telemetry {
  return {
    name,
    started: event => sink(startEvent(event, emitter)),
    ended: event => sink(endEvent(event, emitter)),
  }
}
