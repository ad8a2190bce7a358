import test from 'ava'
import fc from 'fast-check'
import { type BatchOutcome, countOutcomes, isFailure, outcomes } from '../../../pipelines/operate/backfill/outcome.ts'
import { backfillSummary } from '../../../pipelines/cli/progress/backfill-summary.ts'

const day = (n: number): BatchOutcome['batch'] => ({
  source: 'source_a',
  date: `2023-05-${String(n).padStart(2, '0')}`,
})

test('counts, the slowest, and what to do next', t => {
  const ended: BatchOutcome[] = [1, 2, 3, 4].map(n => ({
    batch: day(n),
    outcome: 'published',
    reason: 'new',
    rows: 1000,
    quarantined: n === 2 ? 3 : 0,
    dropped: n === 3 ? 1 : 0,
    ms: n * 1500,
  }))
  const summary = backfillSummary([...ended, { batch: day(5), outcome: 'not_delivered', reason: 'none' }], {
    ms: 65_000,
  })
  t.is(
    summary,
    [
      '5 batches in 1 min 5 s, 4,000 rows loaded, 3 in quarantine, 1 value dropped:',
      '4 published, 1 not_delivered.',
      '',
      'Slowest: source_a 2023-05-04 (6.0 s), source_a 2023-05-03 (4.5 s), source_a 2023-05-02 (3.0 s)',
      '',
      'See the rows that were not loaded with: caseload quarantine ls',
      '',
    ].join('\n'),
  )
})

test('failed batches with their reasons, in the width of the terminal, and batches that were not started', t => {
  const ended: BatchOutcome[] = [
    { batch: day(1), outcome: 'published', reason: 'new', rows: 1, ms: 10 },
    { batch: day(2), outcome: 'not_delivered', reason: 'there is no folder' },
    { batch: day(3), outcome: 'failed', reason: 'The connection to the database was lost; nothing was published.' },
    { batch: day(4), outcome: 'not_started', reason: 'stopped before its turn' },
  ]
  t.is(
    backfillSummary(ended, { ms: 400, columns: 60 }),
    [
      '4 batches in 0.4 s, 1 row loaded:',
      '1 published, 1 not_delivered, 1 failed, 1 not_started.',
      '',
      'source    date        outcome  reason',
      '--------  ----------  -------  -----------------------------',
      'source_a  2023-05-03  failed   The connection to the',
      '                               database was lost; nothing',
      '                               was published.',
      '',
      'Run the same command again: it runs the 2 not loaded.',
      '',
    ].join('\n'),
  )
  t.regex(
    backfillSummary(ended, { ms: 400, strict: true }),
    /failed {9}The .*\nsource_a {2}2023-05-02 {2}not_delivered {2}there/,
  )
})

test('nothing to do is one line', t => {
  t.is(
    backfillSummary(
      [
        { batch: day(1), outcome: 'skipped', reason: 'unchanged' },
        { batch: day(2), outcome: 'not_delivered', reason: 'none' },
      ],
      { ms: 3 },
    ),
    'Nothing to do: 2 batches, 1 skipped, 1 not_delivered.\n',
  )
  t.is(backfillSummary([], { ms: 3 }), 'Nothing to do: these sources and days have no batch.\n')
  t.is(backfillSummary([], { ms: 3, nothing: 'no batch failed' }), 'Nothing to do: no batch failed.\n')
})

test('locked batches are listed after failed ones', t => {
  const reason = 'source_a 2023-05-02 is locked by run 0b9df1f2. Try again when it is done.'
  const held: BatchOutcome = { batch: day(2), outcome: 'locked', reason }
  const summary = backfillSummary([held, { batch: day(1), outcome: 'skipped', reason: 'unchanged' }], { ms: 400 })
  t.regex(summary, /^2 batches in 0\.4 s, 0 rows loaded:\n1 skipped, 1 locked\.\n/)
  t.regex(summary, /\nsource_a {2}2023-05-02 {2}locked {3}source_a 2023-05-02 is locked by run 0b9df1f2\./)
  t.regex(summary, /\nRun the same command again: it runs the one not loaded\.\n$/)
  const absent: BatchOutcome = { batch: day(3), outcome: 'not_delivered', reason: 'none', stillFailed: true }
  const refused: BatchOutcome = { batch: day(4), outcome: 'refused', reason: 'bad' }
  const dates = backfillSummary([absent, held, refused], { ms: 4 }).match(/(?<=^source_a {2})\S+/gm)
  t.deepEqual(dates, ['2023-05-04', '2023-05-02', '2023-05-03'])
})

test('the summary states what the same command runs again', t => {
  const outcome = (n: number, outcome: BatchOutcome['outcome']): BatchOutcome => ({
    batch: day(n),
    outcome,
    reason: '',
  })
  const lost = [outcome(1, 'failed'), outcome(2, 'published'), ...[3, 4].map(n => outcome(n, 'not_started'))]
  t.regex(backfillSummary(lost, { ms: 4 }), /\nRun the same command again: it runs the 3 not loaded\.\n$/)
  t.regex(
    backfillSummary(lost, { ms: 4, reloadsAll: true }),
    /\nRun the same command again: it runs all of them, including those loaded now\.\n$/,
  )
  t.notRegex(backfillSummary(lost.slice(0, 2), { ms: 4 }), /same command/)
})

test('a day without a delivery only counts as failed with --strict or after a failed run', t => {
  const failing = (strict: boolean): readonly string[] =>
    outcomes.filter(outcome => isFailure({ batch: day(1), outcome, reason: '' }, strict))
  t.deepEqual(failing(false), ['refused', 'failed'])
  t.deepEqual(failing(true), ['not_delivered', 'refused', 'failed'])
  t.true(isFailure({ batch: day(1), outcome: 'not_delivered', reason: '', stillFailed: true }))
  t.deepEqual(countOutcomes([{ batch: day(1), outcome: 'failed', reason: '' }]), [['failed', 1]])
})

test('the summary always fits 24 rows of 80 columns', t => {
  const anyOutcome: fc.Arbitrary<BatchOutcome> = fc.record(
    {
      batch: fc.record({
        source: fc.constantFrom('a', 'home_monitoring__north_east_1'),
        date: fc.constantFrom('2023-05-01', '2023-05-31'),
      }),
      outcome: fc.constantFrom(...outcomes),
      reason: fc.string({ maxLength: 300, unit: fc.constantFrom('a', ' ', '\n', 'wide words', '.') }),
      rows: fc.nat(1_000_000_000),
      quarantined: fc.nat(1_000_000),
      ms: fc.nat(10_000_000),
    },
    { requiredKeys: ['batch', 'outcome', 'reason'] },
  )
  fc.assert(
    fc.property(fc.array(anyOutcome, { maxLength: 60, size: 'max' }), fc.boolean(), (ended, strict) => {
      const text = backfillSummary(ended, { ms: 123_456_789, strict, columns: 80 })
      const rows = text
        .split('\n')
        .slice(0, -1)
        .map(line => Math.max(1, Math.ceil(line.length / 80)))
      return text.endsWith('\n') && rows.reduce((sum, one) => sum + one, 0) < 24
    }),
    { numRuns: 300 },
  )
  const failed = Array.from({ length: 3000 }, (_, i) => ({
    batch: day(i % 28),
    outcome: 'failed' as const,
    reason: 'x',
  }))
  t.regex(backfillSummary(failed, { ms: 1 }), /\nand 2,990 more: caseload status\n/)
})
