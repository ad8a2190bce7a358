import test, { type ExecutionContext } from 'ava'
import type { CheckedSelect } from '../../pipelines/contract/check-sql.ts'
import { inspector, type Tally } from '../../pipelines/engine/inspect.ts'
import type { RejectedCandidate } from '../../pipelines/engine/stage-table.ts'
import { UsageError } from '../../pipelines/errors.ts'
import { testEngine } from '../helpers/engine.ts'

const checked: CheckedSelect = {
  sql: '',
  columns: [],
  rules: [
    { column: 'patient_id', rule: 'required' },
    { column: null, rule: 'parent' },
  ],
}

/** Sorts rows with these verdicts and names of removal. */
async function sorted(
  t: ExecutionContext,
  rows: readonly (readonly [verdict: number, removedBy: string | null])[],
): Promise<{ readonly tally: Tally; readonly rejected: readonly RejectedCandidate[] }> {
  const duckdb = await testEngine(t)
  const values = rows.map(([verdict, name], index) => {
    const text = name === null ? 'null' : `'${name}'`
    return `(1, ${index + 1}, ${verdict}, case when ${verdict} between 1 and 59999 then '{"a":${index}}' end, ${text}::varchar)`
  })
  const rejected: RejectedCandidate[] = []
  const look = inspector({
    batch: { source: 'source_a', date: '2023-05-01' },
    runId: '00000000-0000-0000-0000-000000000000',
    table: 'patients',
    checked,
    signal: new AbortController().signal,
    onRecord: () => undefined,
    onCopied: () => undefined,
    onRejected: async found => {
      rejected.push(...found)
      return Promise.resolve()
    },
  })
  const sql = `select file_no, record_no, v::usmallint as caseload_verdict, r as caseload_row, n as caseload_removed_by
    from (values ${values.join(', ')}) as t (file_no, record_no, v, r, n)`
  for await (const batch of duckdb.stream(sql)) {
    await look.see(batch, rows.filter(([verdict]) => verdict === 0).length)
  }
  return { tally: look.tally(), rejected }
}

test('every row is counted once: loaded, quarantined under its rule, or removed under its name', async t => {
  const { tally, rejected } = await sorted(t, [
    [0, null],
    [1, null],
    [60_000, 'empty_cell'],
    [60_001, null],
    [60_002, null],
    [2, null],
    [60_000, 'empty_cell'],
  ])
  t.deepEqual(tally, {
    candidates: 7,
    encoded: 1,
    quarantined: { required: 1, parent: 1 },
    removed: { empty_cell: 2, duplicate: 1, superseded: 1 },
  })
  t.deepEqual(rejected, [
    { fileNo: 1, recordNo: 2, rule: 0, row: '{"a":1}' },
    { fileNo: 1, recordNo: 6, rule: 1, row: '{"a":5}' },
  ])
})

test("a removed_by that is no rule's name is an error that does not repeat it", async t => {
  const error = await t.throwsAsync(sorted(t, [[60_000, 'Avery Sample']]), { instanceOf: UsageError })
  t.false(error.message.includes('Avery'))
})
