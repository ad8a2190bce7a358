import type { Session } from '../../../pipelines/platform/postgres.ts'
import { withSession } from '../../helpers/database.ts'

/** What a session was told, in notices and in errors. */
export interface Told {
  readonly session: Session
  readonly told: string[]
  /** Runs a statement; an error is something that was told, too. */
  readonly try: (text: string) => Promise<readonly Record<string, unknown>[]>
}

/** A session of a login that notes all that the server says. */
export async function listening<T>(url: string, work: (told: Told) => Promise<T>): Promise<T> {
  return withSession(url, async session => {
    const told: string[] = []
    await session.query('set client_min_messages = notice')
    session.on('notice', notice => told.push(JSON.stringify(notice), notice.message ?? ''))
    return work({
      session,
      told,
      try: async text => {
        try {
          const { rows } = await session.query<Record<string, unknown>>(text)
          told.push(JSON.stringify(rows))
          return rows
        } catch (error) {
          told.push(JSON.stringify(error), error instanceof Error ? error.message : '')
          return []
        }
      },
    })
  })
}
