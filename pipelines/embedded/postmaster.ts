import { randomUUID } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import type { Places } from './paths.ts'
import { commandOf } from '../platform/processes.ts'

/** A server with a process. */
export interface LiveState {
  readonly phase: 'starting' | 'running' | 'stopping'
  readonly pid: number
  /** False for a server in another container that shares the folder: it answers, but cannot be signalled. */
  readonly isVisible: boolean
  readonly port: number
  readonly socketFolder: string
  /** True if it listens on loopback TCP. */
  readonly isOpen: boolean
}

/** No server. */
export interface AbsentState {
  readonly phase: 'absent'
  /** The process that the lock file names, which is not our server. */
  readonly stalePid: number | undefined
}

/** What postmaster.pid, the server's own lock file, says, checked against the process itself. */
export type ServerState = AbsentState | LiveState

const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
const letterN = 0x4e
const letterS = 0x53

/** Reads the state of the server of these places; changes nothing. */
export async function readState(places: Places): Promise<ServerState> {
  const lines = readLines(join(places.data, 'postmaster.pid'))
  const pid = Math.abs(Number(lines[0] ?? 0))
  if (!Number.isSafeInteger(pid) || pid === 0) return { phase: 'absent', stalePid: undefined }
  const [port = '0', socketFolder = '', addresses = '', , status = ''] = lines.slice(3)
  const known = { pid, port: Number(port), socketFolder, isOpen: addresses !== '' }
  // After a reboot the id may be another process's, and a kill -9 leaves the file behind.
  const isVisible = `${commandOf(pid) ?? ''} `.includes(` -D ${places.data} `)
  if (!isVisible) {
    const isElsewhere = socketFolder !== '' && (await answers(join(socketFolder, `.s.PGSQL.${port}`)))
    return isElsewhere ? { ...known, phase: 'running', isVisible } : { phase: 'absent', stalePid: pid }
  }
  const phase = status.startsWith('ready') ? 'running' : status.startsWith('stopping') ? 'stopping' : 'starting'
  return { ...known, phase, isVisible }
}

/**
 * Removes the lock files a dead server left, in its data and its socket folder. PostgreSQL does so itself, except when
 * the id it finds belongs to any other process by now, or to a dead one that nobody reaped (pid 1 of many containers
 * reaps none): then it would refuse to start for good.
 *
 * @param pid the process that the lock file names, which is not the server
 */
export function removeStaleLocks(places: Places, pid: number): void {
  removeIfOf(join(places.data, 'postmaster.pid'), pid)
  for (const name of readdirSync(places.socketFolder)) {
    if (name.endsWith('.lock')) removeIfOf(join(places.socketFolder, name), pid)
  }
}

/** Between a look and a removal another start may have put its own file there: so move it aside, look, give it back. */
function removeIfOf(lock: string, pid: number): void {
  const aside = `${lock}.${randomUUID()}`
  try {
    renameSync(lock, aside)
  } catch {
    return
  }
  if (Number(readLines(aside)[0]) !== pid) {
    try {
      linkSync(aside, lock)
    } catch {
      // A newer lock is in place.
    }
  }
  rmSync(aside, { force: true })
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

/** A server answers an SSLRequest with one letter. A process that is about to end may still accept a connection. */
function answers(socket: string): Promise<boolean> {
  return new Promise(resolve => {
    const connection = createConnection(socket)
    const settle = (answer: boolean): void => {
      connection.destroy()
      resolve(answer)
    }
    connection.setTimeout(2000, () => {
      settle(false)
    })
    connection.on('connect', () => {
      connection.write(sslRequest)
    })
    connection.on('data', reply => {
      settle(reply[0] === letterN || reply[0] === letterS)
    })
    for (const event of ['error', 'close'] as const) {
      connection.on(event, () => {
        settle(false)
      })
    }
  })
}
