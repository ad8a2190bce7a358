import { setTimeout as sleep } from 'node:timers/promises'
import { backendOf, type Session } from './postgres.ts'
import { readSql } from './sql.ts'

/** Opens a session on the target. */
export type OpenSession = (applicationName: string) => Promise<Session>

/** The sessions that a command has open. */
export interface OwnSessions {
  /** Opens one more. */
  readonly openSession: OpenSession
  /**
   * Which lock they wait for, and which sessions are in the way.
   *
   * @param name asks about the sessions of this application name, of whatever process; default: about all that are open
   * @returns a sentence, without a query or a value; undefined if they wait for no lock, or if the server does not say so in time
   */
  readonly waitsFor: (name?: string) => Promise<string | undefined>
}

/** For the answer, in milliseconds: the server may be the reason why a command takes too long. */
const patience = 2000

/** A change that needs the locks of readers pauses for up to 200 ms between two attempts, see lock-wait.ts. */
const looks = 8
const pause = 50

/** @param open opens a session on the target */
export function ownSessions(open: OpenSession): OwnSessions {
  const names = new Map<number, string>()
  return {
    openSession: async applicationName => {
      const session = await open(applicationName)
      const pid = backendOf(session)
      if (pid !== undefined) {
        names.set(pid, applicationName)
        session.once('end', () => names.delete(pid))
      }
      return session
    },
    waitsFor: name =>
      Promise.race([
        // Other commands use the plain name as well. The engine's process uses the name of its run.
        name === undefined
          ? look(
              open,
              [...names.keys()],
              [...names.values()].filter(one => one.includes(' ')),
            )
          : look(open, [], [name]),
        sleep(patience, undefined, { ref: false }),
      ]).catch(() => undefined),
  }
}

interface Wait {
  readonly waits_for: string
  readonly pid: number
  readonly who: string
}

async function look(open: OpenSession, pids: readonly number[], names: readonly string[]): Promise<string | undefined> {
  const session = await open('caseload')
  try {
    // The login may see more of other sessions than the owner, as whom it works.
    await session.query('set role none')
    for (let number = 1; number <= looks; number++) {
      const found = await session.query<Wait>(readSql('sql/statements/platform/lock_waits.sql'), [pids, names])
      if (found.rows.length > 0) return waitText(found.rows)
      await sleep(pause)
    }
    return undefined
  } finally {
    await session.end().catch(() => undefined)
  }
}

/** `It waited for table store.visits_source_a, which session 4711 (psql, role bi, idle in transaction, for 320 s) holds. ...` */
function waitText(waits: readonly Wait[]): string {
  const locks = [...new Set(waits.map(one => one.waits_for))].join(' and ')
  const holders = [...new Map(waits.map(one => [one.pid, one.who]))]
  const [[pid] = []] = holders
  const who = holders.map(([, text]) => text).join('; ')
  return holders.length === 1
    ? `It waited for ${locks}, held by ${who}. Call the command again when that session is done; its role or a superuser ends ` +
        `it with select pg_terminate_backend(${pid}).`
    : `It waited for ${locks}, held by ${who}. Call the command again when these sessions are done.`
}
