import { randomUUID } from 'node:crypto'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import type { Batch } from '../../source/batch.ts'
import type { NoticeTarget } from './targets.ts'
import { type News, type Notice, waitingKinds } from './notice.ts'

/** Notices that this process, and no other, is to send to a target. */
export interface Claim {
  readonly id: string
  readonly notices: readonly Notice[]
}

/** Takes from the news what the target was not told yet, and what an earlier call could not send. */
export async function claimNotices(session: Session, target: NoticeTarget['name'], news: News): Promise<Claim> {
  const id = randomUUID()
  const ask = async (file: string, values: readonly unknown[]): Promise<readonly Notice[]> => {
    const claimed = await session.query<{ notice: Notice }>(readSql(`sql/statements/notices/${file}.sql`), [...values])
    return claimed.rows.map(row => row.notice)
  }
  const troubles = oncePerBatch(news.troubles)
  const well = oncePerBatch(news.well)
  const columns = (notices: readonly Notice[]): readonly (readonly unknown[])[] => [
    notices.map(one => one.source),
    notices.map(one => one.date),
  ]
  const texts = (notices: readonly Notice[]): readonly string[] => notices.map(one => JSON.stringify(one))
  const kinds = troubles.map(one => one.kind)
  const begun =
    troubles.length === 0
      ? []
      : await ask('claim_troubles', [target, id, ...columns(troubles), kinds, texts(troubles), waitingKinds])
  const over = well.length === 0 ? [] : await ask('claim_recovered', [target, id, ...columns(well), texts(well)])
  const unsent = await ask('claim_unsent', [target, id])
  return { id, notices: [...begun, ...over, ...unsent].sort(inOrder) }
}

/** Records whether the notices of a claim were sent, and forgets old ones. */
export async function settleClaim(session: Session, { id }: Claim, isSent: boolean): Promise<void> {
  await session.query(readSql('sql/statements/notices/settle.sql'), [id, isSent])
  await session.query(readSql('sql/statements/notices/expire.sql'))
}

/** The batches of whose trouble people were told, and not yet that it is over. */
export async function openTroubles(session: Session): Promise<readonly Batch[]> {
  return (await session.query<Batch>(readSql('sql/statements/notices/open.sql'))).rows
}

function oncePerBatch(notices: readonly Notice[]): readonly Notice[] {
  return [...new Map(notices.map(one => [`${one.source} ${one.date}`, one])).values()]
}

/** Troubles first, so that they are not cut off. */
function inOrder(a: Notice, b: Notice): number {
  const keys = [a, b].map(({ kind, source, date }) => `${kind === 'recovered' ? 1 : 0} ${source} ${date}`)
  return (keys[0] ?? '') < (keys[1] ?? '') ? -1 : 1
}
