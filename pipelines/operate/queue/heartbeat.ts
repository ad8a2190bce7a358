import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../platform/log.ts'
import type { Session } from '../../platform/postgres.ts'
import type { LeaseGuard } from './lease-guard.ts'
import { lapsedLeases, renewLeases, takeOverLapsed } from './leases.ts'
import { reconnecting } from './reconnecting.ts'

const everyMs = 5000

/** If a worker has renewed no lease for so long, another worker may have taken its jobs. */
const selfFenceMs = 40_000

/** What a heartbeat needs. */
export interface HeartbeatParts {
  readonly worker: string
  readonly openSession: () => Promise<Session>
  /** The guards of the jobs that run now, by lease. */
  readonly guards: ReadonlyMap<string, LeaseGuard>
  /** Called when the leases were renewed. */
  readonly onBeat?: (() => void) | undefined
  readonly log: Log
}

/**
 * Renews the leases of a worker, and takes the jobs of workers that no longer renew theirs.
 *
 * @returns stops it
 */
export function startHeartbeat({ worker, openSession, guards, onBeat, log }: HeartbeatParts): () => Promise<void> {
  const stop = new AbortController()
  const queue = reconnecting(openSession)
  let renewedAt = performance.now()
  let taking: Promise<void> | undefined
  const beat = async (): Promise<void> => {
    const held = [...guards.keys()]
    const renewed = await queue.ask(session => renewLeases(session, worker))
    renewedAt = performance.now()
    onBeat?.()
    const states = new Map(renewed.map(one => [one.leaseId, one]))
    for (const lease of held) {
      const one = states.get(lease)
      if (one === undefined) guards.get(lease)?.stop('lost')
      else if (one.isCancelled) guards.get(lease)?.stop('cancelled')
    }
    if (taking === undefined && (await queue.ask(lapsedLeases)) > 0) {
      // Not awaited: to end a session can take seconds, and the leases must be renewed meanwhile.
      taking = takeOver(openSession, log).finally(() => {
        taking = undefined
      })
    }
  }
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await beat()
      } catch (error) {
        log.warn('worker', `the leases could not be renewed: ${messageOf(error)}`)
        if (performance.now() - renewedAt > selfFenceMs) for (const guard of guards.values()) guard.stop('lost')
      }
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
  const running = loop()
  return async () => {
    stop.abort()
    await running
    await taking
    await queue.close()
  }
}

/** In a session of its own, because it ends sessions as the login. A failure is tried again at the next beat. */
async function takeOver(openSession: () => Promise<Session>, log: Log): Promise<void> {
  try {
    const session = await openSession()
    try {
      for (const { batch, worker, runsAgain } of await takeOverLapsed(session)) {
        const next = runsAgain ? 'it runs again' : 'it had its last try and is dead'
        log.warn('worker', `worker ${worker} was lost while it ran ${batch.source} ${batch.date}; ${next}`)
      }
    } finally {
      await session.end()
    }
  } catch (error) {
    log.warn('worker', `the job of a lost worker could not be taken: ${messageOf(error)}`)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown error')
