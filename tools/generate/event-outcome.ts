import type { Outcome } from './chunk.ts'

/** What became of a row that others refer to: loaded, in quarantine, or not to be found in the batch at all. */
export type Fate = 'loaded' | 'quarantined' | 'absent'

/**
 * What a sound row gets from the rows it refers to.
 *
 * @param parents in the order in which the contract names its references
 * @returns undefined if it is loaded
 */
export function inherited(table: string, ...parents: readonly Fate[]): Outcome | undefined {
  const fate = parents.find(parent => parent !== 'loaded')
  if (fate === undefined) return undefined
  return { table, column: null, rule: fate === 'quarantined' ? 'parent' : 'reference' }
}

/** So many outcomes of one kind; none if there is none. */
export function times(count: number, outcome: Outcome | undefined): readonly Outcome[] {
  return outcome === undefined ? [] : Array.from({ length: count }, () => outcome)
}
