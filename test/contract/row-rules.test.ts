import test from 'ava'
import { readdirSync } from 'node:fs'
import { canonical } from '../../pipelines/contract/tables/canonical.ts'
import { columnsOf } from '../../pipelines/contract/contract.ts'
import { castSql, rowPredicates } from '../../pipelines/check/predicates.ts'
import { rowRules } from '../../pipelines/contract/row-rules.ts'
import { packageRoot, quoteConstant } from '../../pipelines/platform/sql.ts'
import { testEngine } from '../helpers/engine.ts'

type Row = Readonly<Record<string, string | null>>

/** Per rule: a row that breaks it, and one that only just does not. The batch is of 2023-05-01. */
const cases: Readonly<Record<string, readonly [broken: Row, held: Row]>> = {
  'patients/birth_in_future': [{ birth_date: '2023-05-03' }, { birth_date: '2023-05-02' }],
  'patients/death_in_future': [{ deceased_at: '2023-05-03T00:00Z' }, { deceased_at: '2023-05-02T23:59Z' }],
  'patients/death_before_birth': [
    { birth_date: '2023-04-10', deceased_at: '2023-04-08T23:59Z' },
    { birth_date: '2023-04-10', deceased_at: '2023-04-09T10:00Z' },
  ],
  'visits/discharged_at_before_admitted_at': [
    { admitted_at: '2023-04-30T10:00Z', discharged_at: '2023-04-30T09:59Z' },
    { admitted_at: '2023-04-30T10:00Z', discharged_at: '2023-04-30T12:00+02:00' },
  ],
  'visits/discharged_on_before_admitted_on': [
    { admitted_on: '2023-04-30', discharged_on: '2023-04-29' },
    { admitted_on: '2023-04-30', discharged_on: '2023-04-30' },
  ],
  'treatments/ended_before_started': [
    { started_on: '2023-04-30', ended_on: '2023-04-29' },
    { started_on: '2023-04-30', ended_on: '2023-04-30' },
  ],
  'measurements_hourly/min_above_max': [
    { min: '10', max: '9.9' },
    { min: '9', max: '10' },
  ],
}

const rules = canonical.flatMap(contract => rowRules(contract.table).map(rule => ({ contract, rule })))

test('every rule across columns names columns of its table', t => {
  for (const { contract, rule } of rules) {
    for (const column of rule.columns) t.true(column in contract.shape, `${contract.table}/${rule.name}: ${column}`)
  }
})

test('every folder of rules is that of a table, and every rule is tried here', t => {
  const folders = readdirSync(`${packageRoot}/sql/rules`)
  t.deepEqual(
    folders.filter(folder => !canonical.some(({ table }) => table === folder)),
    [],
  )
  t.deepEqual(rules.map(({ contract, rule }) => `${contract.table}/${rule.name}`).sort(), Object.keys(cases).sort())
})

for (const { contract, rule } of rules) {
  test(`a row breaks ${contract.table}/${rule.name}, and one at the edge does not`, async t => {
    const db = await testEngine(t)
    const broken = async (row: Row): Promise<readonly string[]> => {
      const cast = (name: string): string => {
        const type = columnsOf(contract).find(column => column.name === name)?.type
        if (type === undefined) throw new Error(name)
        const value = row[name] ?? null
        return castSql(type, value === null ? 'null::varchar' : quoteConstant(value), 'UTC')
      }
      const predicates = rowPredicates(contract, new Set(Object.keys(row)), cast, '2023-05-01')
      const found = await Promise.all(
        predicates.map(async one => {
          t.is(one.column, null)
          const [answer] = await db.rows(`select case when ${one.broken} then true else false end as yes`)
          return answer?.['yes'] === true ? [one.rule] : []
        }),
      )
      return found.flat()
    }
    const [bad, good] = cases[`${contract.table}/${rule.name}`] ?? [{}, {}]
    t.deepEqual(await broken(bad), [rule.name])
    t.deepEqual(await broken(good), [])
    for (const name of Object.keys(bad)) {
      t.deepEqual(await broken({ ...bad, [name]: null }), [], `${name} is not known`)
      t.false(
        (await broken(Object.fromEntries(Object.entries(bad).filter(([key]) => key !== name)))).includes(rule.name),
      )
    }
  })
}

test('a rule says in words what is wrong', t => {
  const [rule] = rowRules('treatments')
  t.like(rule, { name: 'ended_before_started', reason: 'the treatment ends before it starts' })
  t.deepEqual(rowRules('no_such_table'), [])
})
