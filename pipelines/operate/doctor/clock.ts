import type { Session } from '../../platform/postgres.ts'
import { type Finding, ok, warning } from './finding.ts'

/** How far two clocks are apart, in milliseconds. */
export interface ClockOffset {
  /** Above 0 if the server's clock is ahead. */
  readonly offset: number
  /** Half the time the question took: the offset is known no better. */
  readonly uncertainty: number
}

const mostOff = 5000

/** Asks the server for its time. @param now gives ours in milliseconds */
export async function clockOffset(session: Session, now: () => number): Promise<ClockOffset> {
  const before = now()
  const found = await session.query<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms')
  const after = now()
  return { offset: (found.rows[0]?.ms ?? before) - (before + after) / 2, uncertainty: (after - before) / 2 }
}

/** Whether the server and this machine agree on the time; the ledger's times are the server's, the log's are ours. */
export function clock({ offset, uncertainty }: ClockOffset): Finding {
  const seconds = (Math.abs(offset) / 1000).toFixed(1)
  if (Math.abs(offset) - uncertainty <= mostOff) {
    return ok('clock', `the server's clock and ours are ${seconds} s apart`)
  }
  return warning(
    'clock',
    `the server's clock is ${seconds} s ${offset > 0 ? 'ahead of' : 'behind'} ours`,
    'let NTP set both clocks: timedatectl set-ntp true',
  )
}
