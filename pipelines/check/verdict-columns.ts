/**
 * The columns after the table's own. `verdict` is 0 for a row to be loaded. `row` is the row's text as JSON, if the row
 * goes to quarantine or one of its values is dropped. `marks` has the numbers of the row's marks, separated by commas.
 */
export const verdictColumns = {
  file: 'file_no',
  record: 'record_no',
  verdict: 'caseload_verdict',
  row: 'caseload_row',
  removedBy: 'caseload_removed_by',
  marks: 'caseload_marks',
} as const

/**
 * Verdicts from this number on are removals. One column has both: the verdict is one CASE over all predicates of a row,
 * which a second column would evaluate again, and the encoder takes the rows whose one verdict is 0.
 */
export const removedFrom = 60_000
/** The rules that remove a row; `removed_by` is the rule whose name is in `caseload_removed_by`. */
const removals = ['removed_by', 'duplicate', 'superseded'] as const
type Removal = (typeof removals)[number]
/** A row of a superseded version, until it is known whether the newest version has the same row. */
export const lostVerdict = removedFrom + removals.length
export const removalVerdict = (name: Removal): number => removedFrom + removals.indexOf(name)

/** What a verdict says about a row. */
export type Verdict =
  | { readonly kind: 'loaded' }
  /** `rule` is an index into the rules of the checked SELECT. */
  | { readonly kind: 'quarantined'; readonly rule: number }
  | { readonly kind: 'removed'; readonly by: Removal }

const loaded: Verdict = { kind: 'loaded' }

export function decodeVerdict(verdict: number): Verdict {
  if (verdict === 0) return loaded
  if (verdict < removedFrom) return { kind: 'quarantined', rule: verdict - 1 }
  const by = removals[verdict - removedFrom]
  if (by === undefined) throw new Error(`verdict ${verdict} is not final`)
  return { kind: 'removed', by }
}

/** Rules across rows: the parent is in quarantine, the parent is not delivered, rows with the same key differ. */
export const batchRules = ['parent', 'reference', 'conflict'] as const
