import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from '../platform/errors.ts'
import { asker, socketUrl } from './readiness-probe.ts'
import type { Places } from './paths.ts'
import { readState, type LiveState } from './postmaster.ts'
import { processesTitled } from '../platform/processes.ts'

const pollMs = 50
const fastMs = 30_000
const deafMs = 1000
const stopMs = 60_000
const orphanGraceMs = 2000
const orphanMs = 60_000

/**
 * Ends a server and waits until it is gone: SIGINT, which rolls back and writes a checkpoint, and after 30 s SIGQUIT,
 * which leaves the rest to the recovery of the next start. PostgreSQL 18.4 never ends when SIGINT reaches it while it
 * recovers from the crash of a backend (16 of 16 tries), and no second SIGINT helps; so that is waited for first.
 *
 * @param server its process, which may be ending already
 * @throws DatabaseError if it is still there after 90 s
 */
export async function endServer(places: Places, server: LiveState): Promise<void> {
  if (server.phase === 'running') await outwaitRecovery(places, server)
  const since = Date.now()
  signal(server.pid, 'SIGINT')
  let isQuit = false
  for (;;) {
    const state = await readState(places)
    if (state.phase === 'absent' || state.pid !== server.pid) return
    const waited = Date.now() - since
    if (waited > stopMs) {
      throw new DatabaseError(
        `The embedded PostgreSQL (process ${server.pid}) did not end. Its log is ` +
          `${places.log}. Try again, or end the process with \`kill -9 ${server.pid}\`: no committed row is lost.`,
      )
    }
    if (waited > fastMs && !isQuit) {
      isQuit = true
      signal(server.pid, 'SIGQUIT')
    }
    await sleep(pollMs)
  }
}

async function outwaitRecovery(places: Places, server: LiveState): Promise<void> {
  const since = Date.now()
  const ask = asker(deafMs)
  while (Date.now() - since < fastMs) {
    const state = await readState(places)
    if (state.phase !== 'running' || state.pid !== server.pid) return
    // One that breaks off may be about to recover. One that cannot be asked, for whatever reason, can be ended all the same.
    const answer = await ask(socketUrl(server)).catch(() => 'never' as const)
    if (answer === 'yes' || answer === 'never') return
    await sleep(pollMs)
  }
}

/**
 * Waits for the backends of a killed server. After its kill -9 a backend that is busy goes on until its statement ends,
 * and as long as it lives no server starts. Nobody can get its result any more, so it gets two seconds and then
 * PostgreSQL's own signal to drop everything; the start recovers from that as from any crash.
 *
 * @throws DatabaseError if one is still there after 60 s
 */
export async function outliveOrphans(places: Places): Promise<void> {
  const since = Date.now()
  for (;;) {
    const orphans = processesTitled(`postgres: ${places.clusterName}: `)
    if (orphans.length === 0) return
    // Children of a server that another command has started meanwhile are no orphans.
    const state = await readState(places)
    if (state.phase !== 'absent') return
    const waited = Date.now() - since
    if (waited > orphanMs) {
      throw new DatabaseError(
        `Processes of a PostgreSQL that was killed still hold ${places.data} (${orphans.join(', ')}). End them with ` +
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
    // It ended by itself; the next look at the state tells.
  }
}
