import { dagsterPipes } from './dagster-pipes.ts'
import { openLineage } from './openlineage.ts'
import { prometheus } from './prometheus.ts'
import type { Telemetry } from './run-event.ts'
import type { Environment } from '../platform/environment.ts'

/**
 * The telemetries that the environment asks for; empty by default.
 *
 * @param url DATABASE_URL, or the URL of the embedded server; undefined if the PG* variables name the database
 * @param env usually process.env
 * @param cwd base of relative paths
 */
export function telemetryOf(url: string | undefined, env: Environment, cwd: string): readonly Telemetry[] {
  return [...openLineage(url, env, cwd), ...prometheus(env, cwd)]
}

/** The telemetries of a command that runs exactly one batch, which can be the process of a Dagster step. */
export function telemetryOfOneRun(url: string | undefined, env: Environment, cwd: string): readonly Telemetry[] {
  return [...telemetryOf(url, env, cwd), ...dagsterPipes(env)]
}
