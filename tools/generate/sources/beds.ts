import type { Delivery } from '../delivery.ts'
import { randomOf } from '../random.ts'

/** A stay of one patient in one bed. */
export interface Stay {
  readonly patientNo: number
  readonly id: string
  readonly bed: number
  /** First and last day, in days since 1970-01-01; both changes are at the bed's minute. */
  readonly from: number
  readonly until: number
}

/** The patients in a bed on one day. */
export interface BedDay {
  readonly bed: number
  /** Minute of the day, the same on all days, at which the patient in the bed changes. */
  readonly minute: number
  /** The stay that ends on this day. */
  readonly leaving: Stay | undefined
  /** The stay at the end of the day. */
  readonly staying: Stay
}

/** Number of patients who alternate in a bed; some come back. */
const turns = 5

/**
 * A bed on one day. Every stay in a bed has the same length, so that a day can be computed without the days before it.
 *
 * @param bed 0, 1, ...
 */
export function bedDay({ seed, day, patients }: Delivery, bed: number): BedDay {
  const random = randomOf(seed, 'bed', bed)
  const days = random.int(2, 11)
  const phase = random.int(0, days - 1)
  const minute = random.int(8 * 60, 20 * 60)
  const stayOf = (no: number): Stay => ({
    patientNo: bed + patients * (no % turns),
    id: `A-${bed}-${no}`,
    bed,
    from: no * days - phase,
    until: (no + 1) * days - phase,
  })
  const no = Math.floor((day + phase) / days)
  const staying = stayOf(no)
  return { bed, minute, leaving: staying.from === day ? stayOf(no - 1) : undefined, staying }
}
