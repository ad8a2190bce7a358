import type { Leftovers } from '../gc/leftovers.ts'
import { counted, few, type Finding, ok, warning } from './finding.ts'

/** Whether dead runs left something behind, or more versions are kept than asked for. */
export function leftovers(found: Leftovers): readonly Finding[] {
  const sum = (count: (one: Leftovers['batches'][number]) => number): number =>
    found.batches.reduce((all, one) => all + count(one), 0)
  const parts: readonly (readonly [count: number, one: string, many: string])[] = [
    [found.dead.length, 'dead run', 'dead runs'],
    [
      sum(one => one.staged_leaves) + found.orphanTables.leaves.length + found.rangeLeaves.length,
      'staged leaf of no run',
      'staged leaves of no run',
    ],
    [sum(one => one.kept_leaves), 'leaf beyond the versions kept', 'leaves beyond the versions kept'],
    [sum(one => one.rejected_rows) + found.lostRejects, 'rejected row of no use', 'rejected rows of no use'],
    [found.workFolders.length, 'work folder', 'work folders'],
  ]
  const words = parts.filter(([count]) => count > 0).map(([count, one, many]) => counted(count, one, many))
  const { unknown } = found.orphanTables
  const findings: Finding[] = []
  if (words.length > 0) findings.push(warning('leftovers', words.join(', '), 'caseload gc'))
  if (unknown.length > 0) {
    findings.push(
      warning(
        'leftovers',
        `${counted(unknown.length, 'table')} in the schemas of staged and kept leaves that the ledger does not know: ${few(unknown)}`,
        'look at them; drop table what nobody needs',
      ),
    )
  }
  return findings.length > 0 ? findings : [ok('leftovers', 'none of dead runs')]
}
