import test from 'ava'
import { canonical } from '../../pipelines/contract/tables/canonical.ts'
import { valueReason } from '../../pipelines/check/explain.ts'
import { actionOf, drop, quarantine, type RuleActions, warn } from '../../pipelines/contract/rule-actions.ts'
import { ruleFaults } from '../../pipelines/contract/rule-faults.ts'
import { rowRules } from '../../pipelines/contract/row-rules.ts'
import { testEngine } from '../helpers/engine.ts'
import { judge, judgeOne, patient, shipped, treatment } from './judge-rows.ts'

test('by default an end before its start and a birth out of range are dropped, and nothing else', async t => {
  const old = await judgeOne(t, 'patients', { ...patient, birth_date: '1722-02-03' })
  t.deepEqual(old, {
    verdict: undefined,
    loaded: { ...patient, birth_date: null },
    marks: ['drop birth_date.range'],
    keepsText: true,
  })
  const ended = await judgeOne(t, 'treatments', { ...treatment, ended_on: '2023-04-01' })
  t.deepEqual(ended.loaded, { ...treatment, ended_on: null })
  t.deepEqual(ended.marks, ['drop ended_on.ended_before_started'])
  t.is((await judgeOne(t, 'patients', { ...patient, birth_date: '3.2.1960' })).verdict, 'birth_date.pattern')
  t.is((await judgeOne(t, 'patients', { ...patient, birth_date: '1960-02-31' })).verdict, 'birth_date.cast')
  t.is((await judgeOne(t, 'patients', { ...patient, deceased_at: '1722-01-01T00:00' })).verdict, 'deceased_at.range')
  t.is((await judgeOne(t, 'treatments', { ...treatment, ended_on: '0001-01-01' })).verdict, 'ended_on.range')
  const defaults = canonical.flatMap(({ table, rules = {} }) => Object.keys(rules).map(key => `${table} ${key}`))
  t.deepEqual(defaults, [
    'patients birth_date.range',
    'visits discharged_at_before_admitted_at',
    'visits discharged_on_before_admitted_on',
    'treatments ended_before_started',
  ])
})

test('a moment and its local date go together, as far as they were delivered', async t => {
  const visit = { patient_id: '1', visit_id: '1', admitted_at: '2023-04-02T10:00Z', discharged_at: '2023-04-01T10:00Z' }
  const days = { admitted_on: '2023-04-02', discharged_on: '2023-04-01' }
  const both = await judgeOne(t, 'visits', { ...visit, ...days })
  t.is(both.loaded['discharged_at'], null)
  t.is(both.loaded['discharged_on'], null)
  t.is(both.loaded['admitted_on'], '2023-04-02')
  t.deepEqual(both.marks, [
    'drop discharged_at.discharged_at_before_admitted_at',
    'drop discharged_on.discharged_at_before_admitted_at',
  ])
  const moments = await judgeOne(t, 'visits', visit)
  t.deepEqual(moments.marks, ['drop discharged_at.discharged_at_before_admitted_at'])
  const undelivered = await judgeOne(t, 'visits', { ...visit, ...days, discharged_on: null })
  t.deepEqual(undelivered.marks, ['drop discharged_at.discharged_at_before_admitted_at'])
  const onlyDays = await judgeOne(t, 'visits', { ...visit, ...days, discharged_at: '2023-04-03T10:00Z' })
  t.deepEqual(onlyDays.marks, [
    'drop discharged_at.discharged_on_before_admitted_on',
    'drop discharged_on.discharged_on_before_admitted_on',
  ])
})

test('a rule across columns sees what is left, and a row in quarantine drops nothing', async t => {
  const row = { ...patient, birth_date: '2301-01-01', deceased_at: '2001-01-01T00:00Z' }
  t.deepEqual((await judgeOne(t, 'patients', row)).marks, ['drop birth_date.range'])
  const quarantined = await judgeOne(t, 'patients', { ...row, deceased_at: 'soon' })
  t.is(quarantined.verdict, 'deceased_at.pattern')
  t.deepEqual(quarantined.marks, [])
  const strict = await judgeOne(t, 'patients', row, { 'birth_date.range': quarantine() })
  t.is(strict.verdict, 'birth_date.range')
  const born = { ...patient, birth_date: '2024-01-01', deceased_at: '2001-01-01T00:00Z' }
  t.is((await judgeOne(t, 'patients', born)).verdict, '.birth_in_future')
  t.is((await judgeOne(t, 'patients', born, { birth_in_future: drop() })).verdict, undefined)
})

test('warn loads the value as delivered; a value that is no text of its type goes to quarantine all the same', async t => {
  const warned = await judgeOne(t, 'patients', { ...patient, birth_date: '1722-02-03' }, { 'birth_date.range': warn() })
  t.deepEqual(warned.loaded['birth_date'], '1722-02-03')
  t.deepEqual(warned.marks, ['warn birth_date.range'])
  t.false(warned.keepsText)
  const wrong = await judgeOne(t, 'patients', { ...patient, birth_date: '1722-2-3' }, { 'birth_date.range': warn() })
  t.is(wrong.verdict, 'birth_date.pattern')
  const ended = await judgeOne(
    t,
    'treatments',
    { ...treatment, ended_on: '2023-04-01' },
    { ended_before_started: warn() },
  )
  t.is(ended.loaded['ended_on'], '2023-04-01')
  t.deepEqual(ended.marks, ['warn .ended_before_started'])
})

test('the rule goes before its column, a table before none, and the source before the contract', t => {
  const patients = shipped('patients')
  const all: RuleActions = {
    birth_date: warn(),
    'birth_date.range': quarantine(),
    'patients.birth_date': drop(),
    'patients.birth_date.range': warn(),
  }
  const without = (...keys: readonly string[]): RuleActions =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)))
  t.is(actionOf(patients, all, 'birth_date', 'range'), 'warn')
  t.is(actionOf(patients, without('patients.birth_date.range'), 'birth_date', 'range'), 'quarantine')
  t.is(actionOf(patients, without('patients.birth_date.range', 'birth_date.range'), 'birth_date', 'range'), 'drop')
  t.is(actionOf(patients, { birth_date: quarantine() }, 'birth_date', 'range'), 'quarantine')
  t.is(actionOf(patients, {}, 'birth_date', 'range'), 'drop')
  t.is(actionOf(patients, {}, 'constructor', 'range'), 'quarantine')
})

test('every rule across columns may drop: what it leaves out is no key and may be null', t => {
  for (const contract of canonical) {
    const actions = Object.fromEntries(rowRules(contract.table).map(({ name }) => [name, drop()]))
    t.deepEqual(ruleFaults(actions, [contract]), [], contract.table)
    for (const { name, nulls } of rowRules(contract.table)) {
      t.deepEqual(
        nulls.filter(column => contract.shape[column] === undefined),
        [],
        name,
      )
    }
    t.deepEqual(ruleFaults(contract.rules ?? {}, [contract]), [], contract.table)
  }
})

test('the reason of a dropped value is about that value alone', t => {
  const row = { ...patient, birth_date: '1722-02-03', patient_id: '' }
  const rule = { column: 'birth_date', rule: 'range' }
  t.is(valueReason(shipped('patients'), rule, row), 'birth_date is not between 1850-01-01 and 2299-12-31')
  t.is(valueReason(shipped('patients'), rule, { ...row, birth_date: null }), 'birth_date breaks the rule range')
  t.is(
    valueReason(shipped('treatments'), { column: null, rule: 'ended_before_started' }, treatment),
    'the treatment ends before it starts',
  )
})

test('a masked value is dropped by what was delivered', async t => {
  const rows = [{ ...patient, birth_date: '1722-02-03' }]
  const db = await testEngine(t)
  const [masked] = await judge(db, shipped('patients'), rows, {}, ({ name }) =>
    name === 'birth_date' ? 'drop' : 'keep',
  )
  t.deepEqual(masked?.marks, ['drop birth_date.range'])
  t.is(masked?.loaded['birth_date'], null)
})
