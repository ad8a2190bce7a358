/** What a broken rule does: note it, or refuse the batch. */
export type Severity = 'warn' | 'error'

/** A quality rule over the rows of one table of a batch, after they were staged and before readers see them. */
export type QualityRule =
  | { readonly kind: 'not_empty'; readonly table: string; readonly severity: Severity }
  | {
      readonly kind: 'null_share'
      readonly table: string
      readonly column: string
      /** Highest share of rows without a value, 0 to 1. */
      readonly most: number
      readonly severity: Severity
    }

/** The table has at least one row in every batch. */
export function notEmpty(table: string, severity: Severity = 'error'): QualityRule {
  return { kind: 'not_empty', table, severity }
}

/**
 * At most a share of a column's values is missing.
 *
 * @param most 0 to 1
 */
export function nullShare(table: string, column: string, most: number, severity: Severity = 'warn'): QualityRule {
  return { kind: 'null_share', table, column, most, severity }
}
