import test from 'ava'
import fc from 'fast-check'
import type { Batch } from '../../../pipelines/source/batch.ts'
import { diffTable } from '../../../pipelines/operate/plan/diff.ts'
import { testDatabase, withSession } from '../../helpers/database.ts'
import { leafOf, mergeMonths, publishRun, type Rows, stageRun } from './staging.ts'

const batch: Batch = { source: 'source_a', date: '2023-05-01' }

/** Few patients and positions, so that most keys are on both sides; nulls, and texts that are easily confused. */
const row = fc.record({
  patient_id: fc.constantFrom('P1', 'P2', 'p1'),
  visit_id: fc.constantFrom('V1', 'V2'),
  diagnosis_no: fc.integer({ min: 0, max: 2 }),
  diagnosis_code: fc.constantFrom('E11.9', 'I10', ''),
  diagnosis_description: fc.option(fc.constantFrom('a', 'b', ''), { nil: null }),
})
type Diagnosis = typeof row extends fc.Arbitrary<infer T> ? T : never

const keyOf = ({ patient_id, visit_id, diagnosis_no }: Diagnosis): string =>
  JSON.stringify([patient_id, visit_id, diagnosis_no])
const version = fc.uniqueArray(row, { selector: keyOf, maxLength: 12 })

/** What the plan should say, by set arithmetic. */
function model(before: readonly Diagnosis[], after: readonly Diagnosis[]): Record<string, unknown> {
  const was = new Map(before.map(one => [keyOf(one), one]))
  const is = new Map(after.map(one => [keyOf(one), one]))
  const both = [...is.keys()].filter(key => was.has(key))
  const differs = (column: keyof Diagnosis, key: string): boolean => was.get(key)?.[column] !== is.get(key)?.[column]
  const nulls = (rows: readonly Diagnosis[]): number | null =>
    rows.length === 0 ? null : rows.filter(one => one.diagnosis_description === null).length / rows.length
  return {
    rowsBefore: before.length,
    rowsAfter: after.length,
    added: after.length - both.length,
    removed: before.length - both.length,
    changed: both.filter(key => differs('diagnosis_code', key) || differs('diagnosis_description', key)).length,
    descriptions: {
      nullsBefore: nulls(before),
      nullsAfter: nulls(after),
      changed: both.filter(key => differs('diagnosis_description', key)).length,
    },
    keys: {
      added: [...is.keys()].filter(key => !was.has(key)).sort(),
      removed: [...was.keys()].filter(key => !is.has(key)).sort(),
    },
  }
}

test('what would be added, removed and changed is what set arithmetic says, whatever else is published', async t => {
  const { url } = await testDatabase(t)
  const { source, date } = batch
  const decoy: Rows = [{ patient_id: 'P1', visit_id: 'V1', diagnosis_no: 0, diagnosis_code: 'decoy' }]
  await withSession(url, async session => {
    for (const other of [
      { source, date: '2023-05-02' },
      { source: 'source_b', date },
    ]) {
      await publishRun(session, await stageRun(session, other, { diagnoses: decoy }))
    }
    await fc.assert(
      fc.asyncProperty(version, version, async (before, after) => {
        await publishRun(session, await stageRun(session, batch, { diagnoses: before }))
        const run = await stageRun(session, batch, { diagnoses: after })
        const leaf = await leafOf(session, run, 'diagnoses')
        const diff = await diffTable(session, { batch, table: 'diagnoses', leaf, keys: 100 })
        const { rowsBefore, rowsAfter, added, removed, changed, columns, keys = [] } = diff
        const {
          nullsBefore,
          nullsAfter,
          changed: different,
        } = columns.find(({ column }) => column === 'diagnosis_description') ?? { changed: -1 }
        const keysOf = (kind: string): string[] =>
          keys
            .filter(one => one.kind === kind)
            .map(one => JSON.stringify(Object.values(one.key)))
            .sort()
        t.deepEqual(
          {
            rowsBefore,
            rowsAfter,
            added,
            removed,
            changed,
            descriptions: { nullsBefore, nullsAfter, changed: different },
            keys: { added: keysOf('added'), removed: keysOf('removed') },
          },
          model(before, after),
        )
        t.is(keysOf('changed').length, changed)
        await session.query('select caseload.drop_leaves($1)', [run])
        await session.query('select caseload.drop_kept_versions($1, $2, 0)', [source, date])
      }),
      { numRuns: 60 },
    )
  })
})

test('keys come only where they are asked for, at most so many of a kind, with the columns that changed', async t => {
  const { url } = await testDatabase(t)
  const rows = (code: string, count: number): Rows =>
    Array.from({ length: count }, (_, diagnosis_no) => ({
      patient_id: 'P1',
      visit_id: 'V1',
      diagnosis_no,
      diagnosis_code: code,
    }))
  await withSession(url, async session => {
    await publishRun(session, await stageRun(session, batch, { diagnoses: rows('E11.9', 5) }))
    const run = await stageRun(session, batch, { diagnoses: rows('I10', 9) })
    const leaf = await leafOf(session, run, 'diagnoses')
    const plain = await diffTable(session, { batch, table: 'diagnoses', leaf, keys: 0 })
    t.false('keys' in plain)
    const { keys } = await diffTable(session, { batch, table: 'diagnoses', leaf, keys: 3 })
    const key = (no: number): Record<string, unknown> => ({ patient_id: 'P1', visit_id: 'V1', diagnosis_no: no })
    t.deepEqual(keys, [
      ...[5, 6, 7].map(no => ({ kind: 'added' as const, key: key(no), columns: [] })),
      ...[0, 1, 2].map(no => ({ kind: 'changed' as const, key: key(no), columns: ['diagnosis_code'] })),
    ])
  })
})

test('of a month that was merged, only the rows of the day are compared', async t => {
  const { url } = await testDatabase(t)
  const rows: Rows = [{ patient_id: 'P1', visit_id: 'V1', diagnosis_no: 0 }]
  await withSession(url, async session => {
    for (const date of ['2023-05-01', '2023-05-02', '2023-05-03']) {
      await publishRun(session, await stageRun(session, { ...batch, date }, { diagnoses: rows }))
    }
    await mergeMonths(url, batch.source, '2023-06-01')
    const merged = await session.query(`select 1 from caseload.range_leaves where state = 'published'`)
    t.is(merged.rowCount, 1)
    const run = await stageRun(session, batch, { diagnoses: rows })
    const leaf = await leafOf(session, run, 'diagnoses')
    const diff = await diffTable(session, { batch, table: 'diagnoses', leaf, keys: 0 })
    t.like(diff, { rowsBefore: 1, rowsAfter: 1, added: 0, removed: 0, changed: 0 })
  })
})

test('every canonical table can be compared, also one whose columns are all key', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const tables = await session.query<{ name: string }>(
      `select c.relname as name
       from pg_catalog.pg_class as c
       where c.relnamespace = 'store'::regnamespace and c.relkind = 'p' and not c.relispartition
       order by 1`,
    )
    t.true(tables.rows.length > 10)
    for (const { name: table } of tables.rows) {
      const diff = await diffTable(session, { batch, table, leaf: undefined, keys: 5 })
      t.like(diff, { table, rowsBefore: 0, rowsAfter: 0, added: 0, removed: 0, changed: 0, keys: [] })
      t.false(diff.columns.some(({ column }) => column === 'source' || column === 'batch_date'))
    }
  })
})
