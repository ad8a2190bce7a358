import test from 'ava'
import { canonical } from '../../../pipelines/contract/tables/canonical.ts'
import { date, id, integer, oneOf, text } from '../../../pipelines/contract/columns.ts'
import type { Contract } from '../../../pipelines/contract/contract.ts'
import { contractDefinition, definitionText } from '../../../pipelines/source/fingerprint/contract-definition.ts'
import { contractChanges, readDefinition } from '../../../pipelines/operate/plan/contract-changes.ts'
import { contractChangesBetween } from '../../../pipelines/operate/plan/diff-published.ts'
import type { Session } from '../../../pipelines/platform/postgres.ts'
import { testDatabase, withSession } from '../../helpers/database.ts'
import { stageRun } from './staging.ts'

const none = { phi: 'none', description: 'Something.' } as const

const before: Contract = {
  table: 'stays',
  grain: 'one stay',
  key: ['stay_id'],
  references: [],
  shape: {
    stay_id: id(none),
    age: integer(none, { min: 0, max: 150 }),
    kind: oneOf(['inpatient', 'icu'], none).nullable(),
    note: text(none).nullable(),
    gone: text(none),
  },
}

const after: Contract = {
  ...before,
  grain: 'one stay, said in other words',
  key: ['stay_id', 'begun'],
  references: [{ table: 'patients', columns: ['stay_id'], versioned: false }],
  shape: {
    stay_id: id({ ...none, description: 'Said in other words.' }),
    age: integer(none, { min: 0, max: 130 }),
    kind: oneOf(['inpatient', 'icu', 'home'], none),
    note: text({ ...none, phi: 'direct', maxLength: 100 }).nullable(),
    begun: date(none),
  },
}

test('what changed in a contract is said column by column, then of the row; its words are no change', t => {
  t.deepEqual(contractChanges(contractDefinition(before), contractDefinition(after)), [
    { table: 'stays', column: 'age', change: 'range: 0..130, was 0..150' },
    { table: 'stays', column: 'kind', change: 'required, was nullable' },
    { table: 'stays', column: 'kind', change: 'one_of: inpatient | icu | home, was inpatient | icu' },
    { table: 'stays', column: 'note', change: 'phi direct, was phi none' },
    { table: 'stays', column: 'note', change: 'length: 0..100, was 0..1048576' },
    { table: 'stays', column: 'begun', change: 'added (date, required)' },
    { table: 'stays', column: 'gone', change: 'removed (text, required)' },
    { table: 'stays', change: 'key stay_id, begun, was key stay_id' },
    { table: 'stays', change: 'parents patients by stay_id, was parents no parent' },
  ])
})

test('a contract is its own equal, also after the ledger has kept it', t => {
  for (const contract of canonical) {
    const definition = contractDefinition(contract)
    const kept = readDefinition(JSON.parse(definitionText(definition)))
    if (kept === undefined) return t.fail(contract.table)
    t.deepEqual(contractChanges(kept, definition), [], contract.table)
    t.is(definitionText(kept), definitionText(definition))
  }
})

test('rules across columns that were added, changed or removed are named', t => {
  const definition = contractDefinition(before)
  const rules = (...broken: readonly (readonly [string, string])[]): typeof definition => ({
    ...definition,
    rules: broken.map(([name, sql]) => ({ name, broken: sql, nulls: ['x'] })),
  })
  t.deepEqual(
    contractChanges(rules(['a', 'x'], ['b', 'x'], ['c', 'x']), rules(['b', 'x'], ['c', 'y'], ['d', 'x'])).map(
      ({ change }) => change,
    ),
    ['rule c changed', 'rule d added', 'rule a removed'],
  )
})

test('what is no definition, such as that of another Caseload, is told from one', t => {
  t.is(readDefinition(null), undefined)
  t.is(readDefinition({ table: 'stays', columns: 'none' }), undefined)
})

test('two runs are compared by what the ledger kept of their contracts', async t => {
  const { url } = await testDatabase(t)
  const made = async (session: Session, hash: string | null, definitions: readonly unknown[]): Promise<string> => {
    const run = await stageRun(session, { source: 'source_a', date: '2023-05-01' }, {})
    await session.query('update caseload.runs set contract_hash = $2 where run_id = $1', [run, hash])
    for (const definition of definitions) {
      const { table } = definition as { readonly table: string }
      await session.query('insert into caseload.contracts values ($1, $2, $3)', [hash, table, definition])
    }
    return run
  }
  const stays = { ...contractDefinition(before), rules: [] }
  await withSession(url, async session => {
    const unknown = await made(session, null, [])
    const first = await made(session, 'a', [stays, { ...stays, table: 'left' }, { table: 'odd' }])
    const second = await made(session, 'b', [{ ...stays, key: [] }, { ...stays, table: 'new' }, { table: 'odd' }])
    t.is(await contractChangesBetween(session, unknown, second), null)
    t.deepEqual(await contractChangesBetween(session, first, second), [
      { table: 'left', change: 'no longer filled by the source' },
      { table: 'new', change: 'filled by the source now' },
      { table: 'odd', change: 'recorded by another version of Caseload, not comparable' },
      { table: 'stays', change: 'key , was key stay_id' },
    ])
  })
})
