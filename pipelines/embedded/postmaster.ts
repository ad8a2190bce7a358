import { randomUUID } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import type { ServerPaths } from './paths.ts'
import { commandOf } from '../platform/processes.ts'

/** A server whose process exists. */
export interface LiveState {
  readonly phase: 'starting' | 'running' | 'stopping'
  readonly pid: number
  /** False for a server in another container that shares the folder: it answers, but this process cannot signal it. */
  readonly isVisible: boolean
  readonly port: number
  readonly socketFolder: string
  /** True if it listens on loopback TCP. */
  readonly isOpen: boolean
}

/** No server. */
export interface AbsentState {
  readonly phase: 'absent'
  /** The process that the lock file names; it is not this server. */
  readonly stalePid: number | undefined
}

/** The content of postmaster.pid, the server's lock file, checked against the process. */
export type ServerState = AbsentState | LiveState

const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
const letterN = 0x4e
const letterS = 0x53

/** Reads the state of the server. Changes nothing. */
export async function readState(paths: ServerPaths): Promise<ServerState> {
  const lines = readLines(join(paths.data, 'postmaster.pid'))
  const pid = Math.abs(Number(lines[0] ?? 0))
  if (!Number.isSafeInteger(pid) || pid === 0) return { phase: 'absent', stalePid: undefined }
  const [port = '0', socketFolder = '', addresses = '', , status = ''] = lines.slice(3)
  const known = { pid, port: Number(port), socketFolder, isOpen: addresses !== '' }
  // After a reboot another process may have the id, and a kill -9 leaves the file behind.
  const isVisible = `${commandOf(pid) ?? ''} `.includes(` -D ${paths.data} `)
  if (!isVisible) {
    const isElsewhere = socketFolder !== '' && (await answers(join(socketFolder, `.s.PGSQL.${port}`)))
    return isElsewhere ? { ...known, phase: 'running', isVisible } : { phase: 'absent', stalePid: pid }
  }
  const phase = status.startsWith('ready') ? 'running' : status.startsWith('stopping') ? 'stopping' : 'starting'
  return { ...known, phase, isVisible }
}

/**
 * Removes the lock files of a dead server from its data folder and its socket folder. PostgreSQL removes them itself, except
 * when another process has the id now, or the dead process was not reaped (pid 1 of many containers reaps no process):
 * then it would refuse every start.
 *
 * @param pid the process that the lock file names; it is not the server
 */
export function removeStaleLocks(paths: ServerPaths, pid: number): void {
  removeIfOf(join(paths.data, 'postmaster.pid'), pid)
  for (const name of readdirSync(paths.socketFolder)) {
    if (name.endsWith('.lock')) removeIfOf(join(paths.socketFolder, name), pid)
  }
}

/** Another start may replace the file between a check and a removal, so it is moved aside, checked, and put back. */
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

/** A server answers an SSLRequest with one letter. To connect is not enough: a process that is ending still accepts. */
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
