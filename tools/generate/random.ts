/**
 * A small generator of pseudo-random numbers: mulberry32 (Tommy Ettinger, public domain), 32 bits of state. It is good
 * enough for synthetic data, the same on every machine, and cheap enough for one generator per patient.
 */
export class Random {
  #state: number

  /** @param state any 32 bits; see {@link randomOf} */
  constructor(state: number) {
    this.#state = state | 0
  }

  /** A number from 0 (included) to 1 (excluded). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T
  }

  /** True in a share of all calls, 0 to 1. */
  chance(share: number): boolean {
    return this.next() < share
  }
}

/**
 * The generator for a path of numbers and words, such as seed, 'person', 42. The numbers for one patient or day do not
 * depend on those for another, so no state is kept between them.
 */
export function randomOf(...path: readonly (number | string)[]): Random {
  return new Random(path.reduce((state: number, step) => mixed(state ^ wordOf(step)), 0x9e3779b9))
}

/** The finalizer of MurmurHash3 (Austin Appleby, public domain): every bit of the input changes half of the output. */
function mixed(word: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) + 0x9e3779b9
}

/** A step as 32 bits: those of a number, or FNV-1a of a text. */
function wordOf(step: number | string): number {
  if (typeof step === 'number') return step ^ Math.floor(step / 2 ** 32)
  return Buffer.from(step).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5)
}
