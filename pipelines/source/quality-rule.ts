/** What a broken rule does: warn, or refuse the batch. */
export type Severity = 'warn' | 'error'

/** A quality rule over the staged rows of one table of a batch, before readers see them. */
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
  | {
      readonly kind: 'range'
      readonly table: string
      readonly column: string
      readonly bounds: Bounds
      readonly severity: Severity
    }

/** Lowest and highest allowed value, both included: a number, or a date or moment as ISO text. */
export interface Bounds {
  readonly least?: number | string
  readonly most?: number | string
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

/**
 * Every value of a number, date or moment is between two bounds; a missing value breaks no rule. For a range that depends on
 * another column, write a query in `checks/` beside the source.
 *
 * @example
 * ```ts
 * range('patients', 'birth_date', { least: '1900-01-01' })
 * ```
 */
export function range(table: string, column: string, bounds: Bounds, severity: Severity = 'warn'): QualityRule {
  return { kind: 'range', table, column, bounds, severity }
}

/** The name of the rule in results; it contains the bounds, because a column can have several rules. */
export function ruleName(rule: QualityRule): string {
  if (rule.kind === 'not_empty') return rule.kind
  if (rule.kind === 'null_share') return `null_share(${rule.column}, ${percent(rule.most)})`
  return `range(${rule.column}, ${rule.bounds.least ?? ''}..${rule.bounds.most ?? ''})`
}

/** A share for a person: 0.125 is `12.5 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}
