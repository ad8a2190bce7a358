import { breakOff, type Session } from '../../platform/postgres.ts'
import { isConnectionLost } from '../../platform/server-error.ts'

/** A session that is opened when it is needed, and again after it was lost. */
export interface Reconnecting {
  /** @throws what the question throws; after a lost connection the next call opens a new session */
  ask<T>(question: (session: Session) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** A server that does not answer for so long is treated as a lost connection. */
const patienceMs = 20_000

/** Makes one; `open` does not retry. */
export function reconnecting(open: () => Promise<Session>): Reconnecting {
  let current: Promise<Session> | undefined
  const drop = (opening: Promise<Session>): void => {
    if (current === opening) current = undefined
  }
  return {
    ask: async question => {
      const opening = (current ??= open())
      const session = await opening.catch((error: unknown) => {
        drop(opening)
        throw error
      })
      // A cut network sends no error for minutes.
      const timer = setTimeout(() => {
        breakOff(session)
      }, patienceMs)
      try {
        return await question(session)
      } catch (error) {
        if (isConnectionLost(error)) {
          drop(opening)
          await session.end().catch(() => undefined)
        }
        throw error
      } finally {
        clearTimeout(timer)
      }
    },
    close: async () => {
      const session = await current?.catch(() => undefined)
      current = undefined
      await session?.end().catch(() => undefined)
    },
  }
}
