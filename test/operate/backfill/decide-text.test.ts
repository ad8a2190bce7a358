import test from 'ava'
import { daysOf, weekdayOf } from '../../../pipelines/source/schedule.ts'
import { decide, type SourceFacts, type TriedBatch } from '../../../pipelines/operate/backfill/decide.ts'
import { decisionsText } from '../../../pipelines/operate/backfill/decide-text.ts'
import type { Staleness } from '../../../pipelines/source/fingerprint/staleness.ts'

const unchanged: Staleness = { kind: 'unchanged', reason: 'nothing changed' }
const changedCode: Staleness = { kind: 'code', reason: 'code changed' }

test('the days of a source that share a reason are one line, and a year fits a screen', t => {
  const year = daysOf('2023-01-01', '2023-12-31')
  const facts = (source: string, tried: ReadonlyMap<string, TriedBatch>): SourceFacts => ({
    source,
    installed: true,
    schedule: 'daily',
    delivered: new Set(year.filter(date => weekdayOf(date) !== 0)),
    tried,
  })
  const published: TriedBatch = { lastRun: 'published', lastError: null, pinned: null, staleness: unchanged }
  const decisions = decide(
    [
      facts('amber', new Map([['2023-12-29', { ...published, staleness: changedCode }]])),
      facts('zinc', new Map([['2023-05-02', { ...published, staleness: changedCode }]])),
    ],
    { from: '2023-01-01', to: '2023-12-31', reprocess: 'stale', reverse: false },
  )
  const text = decisionsText(decisions)
  const lines = text.trimEnd().split('\n')
  t.is(lines[0], '730 batches: 624 to run (622 new, 2 stale); 106 to skip (106 not_delivered).')
  t.deepEqual(
    lines.slice(3).map(line => line.split(/ {2,}/)),
    [
      ['run', 'amber', '2023-01-02 .. 2023-12-28 (310)', 'new', 'not run yet'],
      ['run', 'amber', '2023-12-29', 'stale', 'code changed'],
      ['run', 'amber', '2023-12-30', 'new', 'not run yet'],
      ['run', 'zinc', '2023-01-02 .. 2023-05-01 (103)', 'new', 'not run yet'],
      ['run', 'zinc', '2023-05-02', 'stale', 'code changed'],
      ['run', 'zinc', '2023-05-03 .. 2023-12-30 (208)', 'new', 'not run yet'],
    ],
  )
  t.regex(decisionsText([]), /^No batch/)
  t.notRegex(decisionsText([]), /no range was given/)
  const gaps = decisionsText(decisions, true).trimEnd().split('\n')
  t.is(gaps.length, lines.length + 106)
  t.regex(gaps[6] ?? '', /^skip +amber +2023-01-01 +not_delivered +no landing folder$/)
})
