import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from '../platform/errors.ts'
import { readinessProbe, socketUrl } from './readiness-probe.ts'
import type { ServerPaths } from './paths.ts'
import { readState, type LiveState } from './postmaster.ts'
import { processesTitled } from '../platform/processes.ts'

const pollMs = 50
const fastMs = 30_000
const unreachableMs = 1000
const stopMs = 60_000
const orphanGraceMs = 2000
const orphanMs = 60_000

/**
 * Shuts a server down and waits until its process has ended. Sends SIGINT, which rolls back and writes a checkpoint, and
 * after 30 s SIGQUIT, after which the next start runs a recovery. PostgreSQL 18.4 never ends when it gets SIGINT while it
 * recovers from the crash of a backend (16 of 16 tries), and a second SIGINT does not help, so this waits for the
 * recovery first.
 *
 * @param server its state; the process may be stopping already
 * @throws DatabaseError if the process still exists after 90 s
 */
export async function shutDownServer(paths: ServerPaths, server: LiveState): Promise<void> {
  if (server.phase === 'running') await waitForRecovery(paths, server)
  const since = Date.now()
  signal(server.pid, 'SIGINT')
  let isQuit = false
  for (;;) {
    const state = await readState(paths)
    if (state.phase === 'absent' || state.pid !== server.pid) return
    const waited = Date.now() - since
    if (waited > stopMs) {
      throw new DatabaseError(
        `The embedded PostgreSQL (process ${server.pid}) did not end. Its log is ` +
          `${paths.log}. Try again, or end the process with \`kill -9 ${server.pid}\`: no committed row is lost.`,
      )
    }
    if (waited > fastMs && !isQuit) {
      isQuit = true
      signal(server.pid, 'SIGQUIT')
    }
    await sleep(pollMs)
  }
}

async function waitForRecovery(paths: ServerPaths, server: LiveState): Promise<void> {
  const since = Date.now()
  const probe = readinessProbe(unreachableMs)
  while (Date.now() - since < fastMs) {
    const state = await readState(paths)
    if (state.phase !== 'running' || state.pid !== server.pid) return
    // An unreachable server may be about to recover. If the probe fails for any other reason, the shutdown goes on.
    const readiness = await probe(socketUrl(server)).catch(() => 'unknown' as const)
    if (readiness === 'ready' || readiness === 'unknown') return
    await sleep(pollMs)
  }
}

/**
 * Ends the backends of a server that was killed. After a kill -9 of the server, a busy backend runs until its statement
 * ends, and no server starts while it exists. No client can get its result any more, so it gets SIGQUIT (PostgreSQL's
 * signal for an immediate exit) after two seconds. The next start recovers from that as from any crash.
 *
 * @throws DatabaseError if a backend still exists after 60 s
 */
export async function endOrphans(paths: ServerPaths): Promise<void> {
  const since = Date.now()
  for (;;) {
    const orphans = processesTitled(`postgres: ${paths.clusterName}: `)
    if (orphans.length === 0) return
    // They may belong to a server that another command has started meanwhile.
    const state = await readState(paths)
    if (state.phase !== 'absent') return
    const waited = Date.now() - since
    if (waited > orphanMs) {
      throw new DatabaseError(
        `Processes of a PostgreSQL that was killed still hold ${paths.data} (${orphans.join(', ')}). End them with ` +
          '`kill -9` and try again.',
      )
    }
    if (waited > orphanGraceMs) for (const pid of orphans) signal(pid, 'SIGQUIT')
    await sleep(pollMs)
  }
}

function signal(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended; the caller reads the state again.
  }
}
