/**
 * Finds the word that the user probably meant, for a message such as `did you mean run?`. Near means that at most a third of
 * the longer word's letters, and at most three, are missing, added, wrong or swapped with their neighbour; or the word is a
 * prefix (three letters or more) of exactly one of the words.
 *
 * @param word the word that the user typed
 * @param words the known words; of two that are equally near the first wins
 * @returns undefined if no word is near
 */
export function nearest(word: string, words: readonly string[]): string | undefined {
  let best: string | undefined
  let least = maxDistance + 1
  for (const candidate of words) {
    const distance = distanceOf(word, candidate)
    if (distance < least && distance * 3 <= Math.max(word.length, candidate.length)) {
      best = candidate
      least = distance
    }
  }
  if (best !== undefined) return best
  const longer = words.filter(one => word.length >= 3 && one.startsWith(word))
  return longer.length === 1 ? longer[0] : undefined
}

/** ` Did you mean run?`, or an empty text. */
export function didYouMean(word: string, words: readonly string[]): string {
  const meant = nearest(word, words)
  return meant === undefined ? '' : ` Did you mean ${meant}?`
}

const maxDistance = 3

/** Optimal string alignment: swapped letters are not changed again. */
function distanceOf(a: string, b: string): number {
  // Words from the command line can be long, and the table is their product.
  if (Math.abs(a.length - b.length) > maxDistance) return maxDistance + 1
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforePrevious[j - 2] ?? 0) + 1)
      }
      row.push(cost)
    }
    beforePrevious = previous
    previous = row
  }
  return previous[b.length] ?? 0
}
