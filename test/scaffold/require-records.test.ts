import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { openDuckDB } from '../../pipelines/platform/duckdb.ts'
import { quoteConstant } from '../../pipelines/platform/sql.ts'
import { listed, make, refusal } from './making.ts'

async function parquet(t: ExecutionContext, select: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-parquet-'))
  const duckdb = await openDuckDB({ memoryLimit: '300MB', threads: 1, tempDirectory: folder, allowedPaths: [] })
  t.teardown(() => {
    duckdb.close()
    rmSync(folder, { recursive: true })
  })
  await duckdb.run(`copy (${select}) to ${quoteConstant(join(folder, 'made.parquet'))} (format parquet)`)
  return readFileSync(join(folder, 'made.parquet'))
}

test('a sample without a readable record is refused with the counts and the reason', async t => {
  const title = 'export of the ward\npatient_id,name\nP-17,A\nP-18,B\n'
  t.regex(
    await refusal(t, 'patients.csv', title),
    /Expected records of one form in patients\.csv, but 3 of 3 cannot be read: expected 1 columns, found 2 \(3\)\..*first line/,
  )
  const comment = '# export of the ward\npatient_id,name\nP-17,A\nP-18,B\n'
  t.regex(
    await refusal(t, 'patients.csv', comment),
    /in the first line of patients\.csv, found none\. It looks like a comment above the header/,
  )
  t.regex(
    await refusal(t, 'twice.json', '[{"patient_id":"P-17","patient_id":"P-18"}]'),
    /in twice\.json, but 1 of 1 cannot be read: a field name occurs twice in one object \(1\)/,
  )
})

test('a sample without a record is refused', async t => {
  for (const text of ['[]', ' [ ] ', '\n']) {
    t.regex(await refusal(t, 'a.json', text), /Expected records in a\.json, found none\./, text)
  }
  const rows = await parquet(t, `select 'P-17' as patient_id, 'A' as name where false`)
  t.regex(await refusal(t, 'a.parquet', rows), /Expected records in a\.parquet, found none\./)
})

test('a sample with more unreadable records than a run allows is refused', async t => {
  const good = Array.from({ length: 20 }, (_, index) => `P-17${index},A`)
  const file = (bad: number): string =>
    ['patient_id,name', ...good, ...Array.from({ length: bad }, () => 'P-17,A,1977-01-31')].join('\n')
  t.regex(await refusal(t, 'patients.csv', file(11)), /11 of 31 cannot be read: expected 2 columns, found 3 \(11\)/)
  const made = await make(t, 'patients.csv', file(10))
  t.deepEqual([listed(made), made.rejected], [[['patients', 20, 20]], 10])
})

test('a list that is empty in every readable record fills no table, and is reported as unmapped', async t => {
  const patient = '"birth_date":"1977-01-31"'
  const none = await make(t, 'a.json', `[{"patient_id":"P-17",${patient},"allergies":[],"visits":[]}]`)
  t.deepEqual([listed(none), none.unmapped], [[['patients', 1, 1]], ['allergies[].allergies', 'visits[].visits']])
  const bad = `{"patient_id":"P-17","patient_id":"P-17",${patient},"visits":[{"visit_id":"V-1","visit_date":"2023-05-01"}]}`
  const broken = await make(t, 'a.json', `[{"patient_id":"P-18",${patient},"visits":[]},${bad}]`)
  t.deepEqual([listed(broken), broken.rejected], [[['patients', 1, 1]], 1])
})
