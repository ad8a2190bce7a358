import type { QuarantineEntry } from './chunk.ts'

/** How a row that others refer to ends: loaded, in quarantine, or not in the batch. */
export type EventOutcome = 'loaded' | 'quarantined' | 'absent'

/**
 * The quarantine entry of a valid row, given the rows that it refers to.
 *
 * @param parents in the order of the contract's references
 * @returns undefined if it is loaded
 */
export function inherited(table: string, ...parents: readonly EventOutcome[]): QuarantineEntry | undefined {
  const outcome = parents.find(parent => parent !== 'loaded')
  if (outcome === undefined) return undefined
  return { table, column: null, rule: outcome === 'quarantined' ? 'parent' : 'reference' }
}

/** `count` copies of an entry; empty without an entry. */
export function times(count: number, entry: QuarantineEntry | undefined): readonly QuarantineEntry[] {
  return entry === undefined ? [] : Array.from({ length: count }, () => entry)
}
