import test from 'ava'
import { triedText } from '../../pipelines/cli/commands/try.ts'
import type { TriedTable } from '../../pipelines/run/trial.ts'

const table = (name: string, counts: Partial<TriedTable>): TriedTable => ({
  table: name,
  candidates: 9,
  loaded: 1,
  broken: [],
  removed: [],
  dropped: [],
  warned: [],
  examples: [],
  ...counts,
})

test('the causes in all tables stand before the rows that only went with their parent', t => {
  const text = triedText({
    batch: { source: 'ward', date: '2023-05-01' },
    files: [],
    tables: [
      table('visits', { broken: [{ column: null, rule: 'parent', rows: 24 }] }),
      table('diagnoses', {
        broken: [
          { column: 'diagnosis_no', rule: 'pattern', rows: 2 },
          { column: null, rule: 'parent', rows: 30 },
        ],
        removed: [{ column: null, rule: 'duplicate', rows: 1 }],
      }),
    ],
    rejected: [{ input: 'stays', column: null, rule: 'shape', rows: 3 }],
    warnings: [],
    refusal: null,
  })
  const lines = text.split('\n').filter(line => / (?:shape|parent|pattern|duplicate) /.test(line))
  t.deepEqual(
    lines.map(line =>
      line
        .split(/ {2,}/)
        .filter(cell => cell !== '')
        .join(' '),
    ),
    [
      'stays quarantined shape 3',
      'diagnoses quarantined diagnosis_no pattern 2',
      'diagnoses removed duplicate 1',
      'visits quarantined parent 24',
      'diagnoses quarantined parent 30',
    ],
  )
})
