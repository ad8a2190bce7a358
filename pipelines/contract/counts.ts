/** Rows counted by a name, such as that of a rule. */
export type Counts = Readonly<Record<string, number>>

/** All of them together. */
export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
