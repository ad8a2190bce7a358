import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from '../platform/errors.ts'
import type { ServerPaths } from './paths.ts'
import { readState } from './postmaster.ts'
import { writeSettings } from './settings.ts'
import { toolEnvironment } from './tool.ts'

/** The port in the socket's file name when no TCP port is open. */
const closedPort = 5432

const pollMs = 20
const largestLog = 10_000_000

/**
 * Starts the server and waits until it is ready. It runs in a separate session, so that it outlives this process and does
 * not get the Ctrl-C of this terminal. Recovery after a crash may take minutes, so the wait has no timeout while the
 * process exists.
 *
 * @param binaries the folder with bin/ and lib/
 * @param options `port` opens this TCP port on loopback; `ephemeral` is a setting of the server, so it lasts until the
 *   server stops
 * @returns `started`, or `lost` if another server, or a backend of a killed one, holds the data folder
 * @throws DatabaseError if the server ends for any other reason
 */
export async function launch(
  paths: ServerPaths,
  binaries: string,
  { port, ephemeral = false }: { readonly port?: number; readonly ephemeral?: boolean },
): Promise<'started' | 'lost'> {
  const files = writeSettings(paths)
  if ((statSync(paths.log, { throwIfNoEntry: false })?.size ?? 0) > largestLog) renameSync(paths.log, `${paths.log}.1`)
  const log = openSync(paths.log, 'a', 0o600)
  const settings = [
    `config_file=${files.config}`,
    `hba_file=${files.access}`,
    `listen_addresses=${port === undefined ? '' : '127.0.0.1'}`,
    `port=${port ?? closedPort}`,
    ...(ephemeral ? ['caseload.ephemeral=on'] : []),
  ]
  const child = spawn(
    join(binaries, 'bin', 'postgres'),
    ['-D', paths.data, ...settings.flatMap(setting => ['-c', setting])],
    {
      ...paths.account,
      cwd: paths.root,
      env: toolEnvironment(binaries),
      stdio: ['ignore', log, log],
      detached: true,
    },
  )
  closeSync(log)
  let ended: string | undefined
  child.on('error', error => (ended = error.message))
  child.on('exit', (code, signal) => (ended = signal ?? `exit code ${code ?? 'unknown'}`))
  for (;;) {
    // Read before the state: if the server ends in between, the next turn of the loop sees it.
    const outcome = ended
    const state = await readState(paths)
    if (state.phase === 'running' && state.pid === child.pid) break
    if (outcome !== undefined) {
      const reason = lastFatal(paths.log, child.pid)
      const isHeld = /lock file .* already exists|shared memory block .* is still in use/.test(reason)
      if (state.phase !== 'absent' || isHeld) return 'lost'
      throw new DatabaseError(
        `The embedded PostgreSQL did not start (${outcome}): ${reason === '' ? 'its log has no reason' : reason}. ` +
          `See its log ${paths.log}, or set DATABASE_URL to use another server.`,
      )
    }
    await sleep(pollMs)
  }
  child.unref()
  return 'started'
}

/** The reason in the last fatal line of this process; other starts write to the same log. */
function lastFatal(log: string, pid: number | undefined): string {
  const lines = readFileSync(log, 'utf8').slice(-20_000).split('\n')
  const line = lines.findLast(text => text.includes(`[${pid ?? 0}] FATAL:`)) ?? ''
  return line.replace(/^.*FATAL:\s*/, '')
}
