/**
 * The columns behind the table's own: a row to be loaded has verdict 0; one in quarantine, or of which a value is dropped, its
 * own text as JSON; and one with a value that is dropped or warned of the numbers of its marks, with commas.
 */
export const verdictColumns = {
  file: 'file_no',
  record: 'record_no',
  verdict: 'caseload_verdict',
  row: 'caseload_row',
  removedBy: 'caseload_removed_by',
  marks: 'caseload_marks',
} as const

/** Verdicts from here on say that a row is left out, by a rule that is no fault of it. */
export const removedFrom = 60_000
/** The rules that remove a row; the first stands for the name in `caseload_removed_by`. */
export const removals = ['removed_by', 'duplicate', 'superseded'] as const
/** A row of a version that lost, before it is known whether the winner holds the same row. */
export const lostVerdict = removedFrom + removals.length
/** The verdict of a removal. */
export const removalVerdict = (name: (typeof removals)[number]): number => removedFrom + removals.indexOf(name)

/** Rules that no column breaks: the parent is in quarantine, is not delivered, or rows of one key contradict each other. */
export const batchRules = ['parent', 'reference', 'conflict'] as const
