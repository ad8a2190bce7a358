import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from '../platform/errors.ts'
import type { Places } from './paths.ts'
import { readState } from './postmaster.ts'
import { writeSettings } from './settings.ts'
import { toolEnvironment } from './tool.ts'

/** The port in the socket's name where no TCP port is open. */
export const closedPort = 5432

const pollMs = 20
const largestLog = 10_000_000

/**
 * Starts the server in a session of its own, so that it outlives this process and hears no Ctrl-C of our terminal, and
 * waits until it answers. Recovery after a crash may take minutes, so there is no limit while it lives.
 *
 * @param binaries the folder with bin/ and lib/
 * @param options `port` opens this TCP port on loopback; `ephemeral` is a setting of the server's, so that it is forgotten
 *   with it
 * @returns `started`, or `lost` if another server holds the data folder, or an orphan of a killed one still does
 * @throws DatabaseError if it gives up for any other reason
 */
export async function launch(
  places: Places,
  binaries: string,
  { port, ephemeral = false }: { readonly port?: number; readonly ephemeral?: boolean },
): Promise<'started' | 'lost'> {
  const files = writeSettings(places)
  if ((statSync(places.log, { throwIfNoEntry: false })?.size ?? 0) > largestLog)
    renameSync(places.log, `${places.log}.1`)
  const log = openSync(places.log, 'a', 0o600)
  const settings = [
    `config_file=${files.config}`,
    `hba_file=${files.access}`,
    `listen_addresses=${port === undefined ? '' : '127.0.0.1'}`,
    `port=${port ?? closedPort}`,
    ...(ephemeral ? ['caseload.ephemeral=on'] : []),
  ]
  const child = spawn(
    join(binaries, 'bin', 'postgres'),
    ['-D', places.data, ...settings.flatMap(setting => ['-c', setting])],
    {
      ...places.account,
      cwd: places.root,
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
    // Read before the state: a server that ended after its last state was read is seen in the next turn.
    const outcome = ended
    const state = await readState(places)
    if (state.phase === 'running' && state.pid === child.pid) break
    if (outcome !== undefined) {
      const reason = lastFatal(places.log, child.pid)
      const isHeld = /lock file .* already exists|shared memory block .* is still in use/.test(reason)
      if (state.phase !== 'absent' || isHeld) return 'lost'
      throw new DatabaseError(
        `The embedded PostgreSQL did not start (${outcome}): ${reason === '' ? 'it gave no reason' : reason}. ` +
          `Its log is ${places.log}; DATABASE_URL names another server to use.`,
      )
    }
    await sleep(pollMs)
  }
  child.unref()
  return 'started'
}

/** Other starts write to the same log, so only the lines of this process count. */
function lastFatal(log: string, pid: number | undefined): string {
  const lines = readFileSync(log, 'utf8').slice(-20_000).split('\n')
  const line = lines.findLast(text => text.includes(`[${pid ?? 0}] FATAL:`)) ?? ''
  return line.replace(/^.*FATAL:\s*/, '')
}
