import test, { type ExecutionContext } from 'ava'
import type { CheckedSelect } from '../../pipelines/check/check-sql.ts'
import { rowAccounting, type RowCounts } from '../../pipelines/stage/row-accounting.ts'
import type { RejectedCandidate } from '../../pipelines/stage/stage-table.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { testEngine } from '../helpers/engine.ts'

const checked: CheckedSelect = {
  sql: '',
  columns: [],
  rules: [
    { column: 'patient_id', rule: 'required' },
    { column: null, rule: 'parent' },
    { column: 'birth_date', rule: 'range' },
    { column: null, rule: 'ended_before_started' },
  ],
  marks: [
    { kind: 'drop', column: 'birth_date', rule: 'range' },
    { kind: 'drop', column: 'ended_on', rule: 'ended_before_started' },
    { kind: 'warn', column: 'birth_date', rule: 'range' },
  ],
  countable: ['birth_date'],
}

/** Counts rows with these verdicts and removed_by names. */
async function accountedFor(
  t: ExecutionContext,
  rows: readonly (readonly [verdict: number, removedBy: string | null, marks?: string])[],
): Promise<{ readonly counts: RowCounts; readonly rejected: readonly RejectedCandidate[] }> {
  const duckdb = await testEngine(t)
  const values = rows.map(([verdict, name, marks], index) => {
    const text = name === null ? 'null' : `'${name}'`
    const keeps = (verdict > 0 && verdict < 60_000) || marks !== undefined
    const marked = marks === undefined ? 'null' : `'${marks}'`
    return `(1, ${index + 1}, ${verdict}, ${keeps ? `'{"a":${index}}'` : 'null'}, ${text}::varchar, ${marked}::varchar, ${marks?.startsWith('0') === true ? 'null' : "'1960-02-03'"})`
  })
  const rejected: RejectedCandidate[] = []
  const accounting = rowAccounting({
    emptyRows: 0,
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
  const sql = `select file_no, record_no, v::usmallint as caseload_verdict, r as caseload_row, n as caseload_removed_by,
      m as caseload_marks, b as birth_date
    from (values ${values.join(', ')}) as t (file_no, record_no, v, r, n, m, b)`
  for await (const batch of duckdb.stream(sql)) {
    await accounting.addBatch(batch, rows.filter(([verdict]) => verdict === 0).length)
  }
  return { counts: accounting.counts(), rejected }
}

test('every row is counted once: loaded, quarantined under its rule, or removed under its name', async t => {
  const { counts, rejected } = await accountedFor(t, [
    [0, null],
    [1, null],
    [60_000, 'empty_cell'],
    [60_001, null],
    [60_002, null],
    [2, null],
    [60_000, 'empty_cell'],
  ])
  t.deepEqual(counts, {
    candidates: 7,
    encoded: 1,
    quarantined: { required: 1, parent: 1 },
    removed: { empty_cell: 2, duplicate: 1, superseded: 1 },
    dropped: {},
    droppedRows: 0,
    droppedOf: {},
    warned: {},
  })
  t.deepEqual(rejected, [
    { fileNo: 1, recordNo: 2, rule: 0, row: '{"a":1}' },
    { fileNo: 1, recordNo: 6, rule: 1, row: '{"a":5}' },
  ])
})

test('a row with a dropped value counts as loaded; its values are counted by column and rule, and handed on', async t => {
  const { counts, rejected } = await accountedFor(t, [
    [0, null],
    [0, null, '0,1'],
    [0, null, '2'],
    [0, null, '0'],
    [1, null],
  ])
  t.deepEqual(counts, {
    candidates: 5,
    encoded: 4,
    quarantined: { required: 1 },
    removed: {},
    dropped: { 'birth_date.range': 2, 'ended_on.ended_before_started': 1 },
    droppedRows: 2,
    droppedOf: { birth_date: 5 },
    warned: { 'birth_date.range': 1 },
  })
  t.deepEqual(rejected, [
    { fileNo: 1, recordNo: 5, rule: 0, row: '{"a":4}' },
    { fileNo: 1, recordNo: 2, rule: 2, row: '{"a":1}', dropped: 'birth_date' },
    { fileNo: 1, recordNo: 2, rule: 3, row: '{"a":1}', dropped: 'ended_on' },
    { fileNo: 1, recordNo: 4, rule: 2, row: '{"a":3}', dropped: 'birth_date' },
  ])
})

test('a removed_by that is not a rule name is an error that does not repeat it', async t => {
  const error = await t.throwsAsync(accountedFor(t, [[60_000, 'Avery Sample']]), { instanceOf: UsageError })
  t.false(error.message.includes('Avery'))
})
