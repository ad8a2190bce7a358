import { canonical } from '../../pipelines/contract/tables/canonical.ts'
import { type Outcome, type Piece, piece } from './chunk.ts'
import type { Random } from './random.ts'

/**
 * One way to break a record. With the rule `conflict` the sound record is written too, before the broken one, and both go
 * to quarantine.
 */
export interface Fault<R> extends Outcome {
  readonly name: string
  readonly break: (record: R) => R
  /** The columns whose values go to quarantine alone, where the rule drops them: the row is loaded without. */
  readonly drops?: readonly string[]
  /** Every row that goes to quarantine, given the sound record; just the one named above where this is left out. */
  readonly outcomes?: (record: R) => readonly Outcome[]
}

/** How the quarantine names the input of a record that is none of the declared form. */
export function inputName(input: string): string {
  return canonical.some(({ table }) => table === input) ? `${input} (input)` : input
}

/** Chooses the records to break, a share of all, spread at random; and how, one fault after the other. */
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

  /** True if the next record is to be broken. One draw per broken record: at 14 million records a draw for each is felt. */
  isNext(): boolean {
    if (--this.#wait >= 0) return false
    this.#wait = this.#gap()
    return true
  }

  /** The next of the faults, so that a small delivery has all of them. */
  pick<F>(faults: readonly F[]): F {
    return faults[this.#turn++ % faults.length] as F
  }

  /** How many sound records come before the next broken one: geometrically distributed. */
  #gap(): number {
    if (this.#share <= 0) return Infinity
    return this.#share >= 1 ? 0 : Math.floor(Math.log(1 - this.#random.next()) / Math.log(1 - this.#share))
  }
}

/** What became of a record on its way to the file. */
export interface Written<R> {
  readonly pieces: readonly Piece[]
  /** The fault, where the record was broken. */
  readonly fault: Fault<R> | undefined
}

/**
 * Writes one record, broken if it is its turn.
 *
 * @param text how the record stands in its file
 */
export function write<R>(
  file: string,
  record: R,
  text: (record: R) => string,
  breaker: Breaker,
  faults: readonly Fault<R>[],
): Written<R> {
  if (!breaker.isNext()) return { pieces: [piece(file, text(record))], fault: undefined }
  const fault = breaker.pick(faults)
  const outcomes = outcomesOf(fault, record)
  const broken = piece(file, text(fault.break(record)), { fault: fault.name, outcomes })
  const sound = fault.rule === 'conflict' ? [piece(file, text(record), { fault: fault.name, outcomes })] : []
  return { pieces: [...sound, broken], fault }
}

/** The rows that a fault sends to quarantine, and the values that it drops there. */
export function outcomesOf<R>(fault: Fault<R>, record: R): readonly Outcome[] {
  const { table, column, rule } = fault
  if (fault.drops !== undefined) return fault.drops.map(dropped => ({ table, column: dropped, rule }))
  return fault.outcomes?.(record) ?? [{ table, column, rule }]
}

/**
 * Writes a record whose rows depend on others: with an outcome it stays sound and goes to quarantine with them, else it
 * may be broken as {@link write} does.
 */
export function writeChild<R>(
  file: string,
  record: R,
  text: (record: R) => string,
  outcomes: readonly Outcome[],
  breaker: Breaker,
  faults: readonly Fault<R>[],
): Written<R> {
  if (outcomes.length === 0) return write(file, record, text, breaker, faults)
  return { pieces: [piece(file, text(record), { fault: null, outcomes })], fault: undefined }
}
