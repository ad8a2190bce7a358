import { dagsterPipes } from './dagster-pipes.ts'
import { openLineage } from './openlineage.ts'
import { prometheus } from './prometheus.ts'
import type { Telemetry } from './run-event.ts'
import type { Environment } from '../platform/environment.ts'

/**
 * Everyone who wants to be told of runs, as the environment says; nobody unless it asks for it.
 *
 * @param url DATABASE_URL, or that of the embedded server; undefined where the PG* environment says where the database is
 * @param env usually process.env
 * @param cwd where the command was called
 */
export function telemetryOf(url: string | undefined, env: Environment, cwd: string): readonly Telemetry[] {
  return [...openLineage(url, env, cwd), ...prometheus(env, cwd)]
}

/** The same for a command that runs one batch and no more, which may be the process of a Dagster asset. */
export function telemetryOfOneRun(url: string | undefined, env: Environment, cwd: string): readonly Telemetry[] {
  return [...telemetryOf(url, env, cwd), ...dagsterPipes(env)]
}
