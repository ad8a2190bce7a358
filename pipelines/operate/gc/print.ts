import { countText, numberText } from '../../platform/count-text.ts'
import { textTable, type TextTableOptions } from '../../platform/text-table.ts'
import type { Collected } from './collect.ts'

/** The maximum number of lines about kept items: they fit a screen with the rest. */
const maxLines = 10

/**
 * The result of a garbage collection for a person: one line per kind of thing, with counts, and what was kept.
 *
 * @param isPreview true if nothing was removed
 */
export function garbageText(collected: Collected, isPreview: boolean, style: TextTableOptions = {}): string {
  const { batches, range_leaves, stray_tables, lost_rejected_rows, work_folders, left } = collected
  const sum = (count: (one: (typeof batches)[number]) => number): number =>
    batches.reduce((all, one) => all + count(one), 0)
  const rows = [
    ['dead runs', sum(one => one.dead_runs)],
    ['staged leaves', sum(one => one.staged_leaves)],
    ['leaves staged to merge or split a month', range_leaves],
    ['leaves of versions beyond those kept', sum(one => one.kept_leaves)],
    ['leaves that the ledger does not know', stray_tables.length],
    ['rejected rows of no use', sum(one => one.rejected_rows) + lost_rejected_rows],
    ['work folders', work_folders.length],
  ].filter(([, count]) => count !== 0)
  const verb = isPreview ? 'would be removed' : 'removed'
  return [
    rows.length === 0 ? 'Nothing to remove.\n' : textTable(['what', verb], rows, style),
    ...(batches.length > 0 ? [`Of ${countText(batches.length, 'batch', 'batches')}.\n`] : []),
    ...left.slice(0, maxLines).map(({ what, reason }) => `Kept: ${what}: ${reason}.\n`),
    ...(left.length > maxLines ? [`Kept: ${numberText(left.length - maxLines)} more; --json lists them.\n`] : []),
  ].join('')
}
