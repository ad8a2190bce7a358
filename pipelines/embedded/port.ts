import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError, UsageError } from '../platform/errors.ts'
import { connect } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { ensurePassword, readPassword, setPassword } from './password.ts'
import { findServerPaths } from './paths.ts'
import { ensureServer, serverStatus, stopServer, type RunningServer, type ServerOptions } from './server.ts'

/** A server that listens on loopback TCP. */
export interface OpenServer extends RunningServer {
  /** With the password, for a BI tool on this machine. */
  readonly tcpUrl: string
  /** True if the call restarted a running server, which ended its sessions. */
  readonly restarted: boolean
}

/** How to open a port. */
export interface PortOptions extends ServerOptions {
  readonly port: number
  /** Gets the batches (`source_a 2023-05-01`) that the restart waits for, whenever they change. */
  readonly onWaiting?: (batches: readonly string[]) => void
}

const pollMs = 200

/**
 * Opens a TCP port on 127.0.0.1, with a password, until the server stops. PostgreSQL binds its addresses when it starts,
 * so a server that runs without this port is restarted as soon as no run is loading a batch.
 *
 * @throws UsageError if the port is out of range, or in use
 */
export async function openServerPort(options: PortOptions): Promise<OpenServer> {
  const { port } = options
  if (!Number.isInteger(port) || port < 1024 || port > 65535) {
    throw new UsageError(`Expected a port from 1024 to 65535, found ${port}. Try --port 5433.`)
  }
  let restarted = false
  for (let attempt = 0; attempt < 3; attempt++) {
    const status = await serverStatus(options)
    if (status.port !== port) {
      await requireFree(port)
      if (status.url !== undefined) await waitForBatches(status.url, options.onWaiting ?? (() => undefined))
      restarted = (await stopServer(options)) || restarted
    }
    const server = await ensureServer(options)
    // Another command may have started it in between, without the port.
    if (server.port !== port) continue
    const password = ensurePassword(findServerPaths(options.home))
    await setPassword(server.url, password)
    return { ...server, restarted, tcpUrl: tcpUrl(port, password) }
  }
  throw new DatabaseError(`Other commands keep starting the server without port ${port}. Try again when they are done.`)
}

/** A restart would end the sessions of a run, which would lose its staged rows and retry. */
async function waitForBatches(url: string, onWaiting: (batches: readonly string[]) => void): Promise<void> {
  const session = await connect({ url, applicationName: 'caseload db' })
  try {
    let reported = ''
    for (;;) {
      const { rows } = await session.query<{ batch: string }>(readSql('sql/statements/embedded/running_batches.sql'))
      if (rows.length === 0) return
      const batches = rows.map(row => row.batch)
      if (batches.join() !== reported) onWaiting(batches)
      reported = batches.join()
      await sleep(pollMs)
    }
  } finally {
    await session.end().catch(() => undefined)
  }
}

/**
 * The URL for another program: TCP with the password if the port is open, else the socket.
 *
 * @returns undefined if the server is not running
 */
export async function serverUrl(options: ServerOptions): Promise<string | undefined> {
  const status = await serverStatus(options)
  if (status.port === undefined) return status.url
  const password = readPassword(findServerPaths(options.home))
  return password === undefined ? status.url : tcpUrl(status.port, password)
}

function tcpUrl(port: number, password: string): string {
  return `postgresql://caseload:${password}@127.0.0.1:${port}/caseload`
}

/** Checked first, so that no running server is stopped for a port that is in use. */
function requireFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', error => {
      reject(
        new UsageError(`Port ${port} on 127.0.0.1 is in use by another program. Name another one with --port.`, {
          cause: error,
        }),
      )
    })
    probe.listen({ port, host: '127.0.0.1' }, () => {
      probe.close(() => {
        resolve()
      })
    })
  })
}
