/** A number with a comma between thousands, as in `1,234,567`. */
export function numberText(value: number): string {
  // Intl costs a process 49 ms at its first number, a tenth of what a run spends beside its engine.
  if (Number.isSafeInteger(value)) return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
  return value.toLocaleString('en-US')
}

/**
 * A count and its noun, as in `1 row` and `1,200 rows`.
 *
 * @param plural default: the singular with an s
 */
export function countText(count: number, singular: string, plural = `${singular}s`): string {
  return `${numberText(count)} ${count === 1 ? singular : plural}`
}
