import { canonical } from '../../pipelines/contract/tables/canonical.ts'
import { type QuarantineEntry, type Chunk, chunk } from './chunk.ts'
import type { Random } from './random.ts'

/**
 * One way to break a record. For the rule `conflict` the valid record is written before the broken one, and both go to
 * quarantine.
 */
export interface Fault<R> extends QuarantineEntry {
  readonly name: string
  readonly break: (record: R) => R
  /** For a rule that drops values: the columns whose values go to quarantine, while the row is loaded without them. */
  readonly drops?: readonly string[]
  /** Every row that goes to quarantine, given the valid record. Default: the row above. */
  readonly entries?: (record: R) => readonly QuarantineEntry[]
}

/** The name that the quarantine gives to the input of a record that does not have the declared form. */
export function inputName(input: string): string {
  return canonical.some(({ table }) => table === input) ? `${input} (input)` : input
}

/** Chooses a random share of the records to break, and gives them the faults in turn. */
export class Breaker {
  readonly #random: Random
  readonly #share: number
  #wait: number
  #turn = 0

  /** @param share of the records, 0 to 1 */
  constructor(random: Random, share: number) {
    this.#random = random
    this.#share = share
    this.#wait = this.#gap()
  }

  /**
   * True if the next record must be broken. It draws once per broken record: one draw for each of 14 million records is
   * slow.
   */
  isNext(): boolean {
    if (--this.#wait >= 0) return false
    this.#wait = this.#gap()
    return true
  }

  /** The next fault in turn, so that a small delivery has all of them. */
  pick<F>(faults: readonly F[]): F {
    return faults[this.#turn++ % faults.length] as F
  }

  /** Number of valid records before the next broken one, geometrically distributed. */
  #gap(): number {
    if (this.#share <= 0) return Infinity
    return this.#share >= 1 ? 0 : Math.floor(Math.log(1 - this.#random.next()) / Math.log(1 - this.#share))
  }
}

/** The chunks of a record, and its fault. */
export interface Written<R> {
  readonly chunks: readonly Chunk[]
  /** Undefined if the record is valid. */
  readonly fault: Fault<R> | undefined
}

/**
 * Writes one record, broken if the breaker chooses it.
 *
 * @param text formats the record for its file
 */
export function write<R>(
  file: string,
  record: R,
  text: (record: R) => string,
  breaker: Breaker,
  faults: readonly Fault<R>[],
): Written<R> {
  if (!breaker.isNext()) return { chunks: [chunk(file, text(record))], fault: undefined }
  const fault = breaker.pick(faults)
  const entries = entriesOf(fault, record)
  const broken = chunk(file, text(fault.break(record)), { fault: fault.name, entries })
  const valid = fault.rule === 'conflict' ? [chunk(file, text(record), { fault: fault.name, entries })] : []
  return { chunks: [...valid, broken], fault }
}

/** The rows that a fault sends to quarantine, or the values that it drops. */
export function entriesOf<R>(fault: Fault<R>, record: R): readonly QuarantineEntry[] {
  const { table, column, rule } = fault
  if (fault.drops !== undefined) return fault.drops.map(dropped => ({ table, column: dropped, rule }))
  return fault.entries?.(record) ?? [{ table, column, rule }]
}

/**
 * Writes a record whose rows depend on others. With entries the record is valid and goes to quarantine with the rows
 * that it refers to; without, it may be broken as in {@link write}.
 */
export function writeChild<R>(
  file: string,
  record: R,
  text: (record: R) => string,
  entries: readonly QuarantineEntry[],
  breaker: Breaker,
  faults: readonly Fault<R>[],
): Written<R> {
  if (entries.length === 0) return write(file, record, text, breaker, faults)
  return { chunks: [chunk(file, text(record), { fault: null, entries })], fault: undefined }
}
