import test from 'ava'
import { shippedChecks } from '../../pipelines/audit/check-file.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { check, resultOf, stage } from './batches.ts'

test('a row without an id of its own that says the same as another one is noted, in each table of such rows', async t => {
  const { url } = await testDatabase(t)
  const hash = 'd41d8cd98f00b204e9800998ecf8427e'
  const ids = [`${hash}/1`, `${hash}/2`, `${hash}/11`, 'V-2023-001/1/2', `${'x'.repeat(32)}/2`, hash, 'T2']
  const sets = [
    ['diagnoses', 'diagnosis_id', 'diagnosis_no'],
    ['procedures', 'procedure_id', undefined],
    ['treatments', 'treatment_id', undefined],
  ] as const
  await withSession(url, async session => {
    for (const [table, column, position] of sets) {
      const sql = shippedChecks().filter(one => one.name === 'identical_rows' && one.table === table)
      const rows = [...ids, `${hash}/3`].map((id, index) => ({
        patient_id: 'P1',
        visit_id: 'V1',
        [column]: id,
        ...(position === undefined ? {} : { [position]: index + 1 }),
        record_status: index === ids.length ? 'cancelled' : 'active',
      }))
      const results = await check(session, await stage(session, { [table]: rows }), { sql })
      t.is(resultOf(results, 'identical_rows').badRows, 2, table)
    }
  })
})
