import test from 'ava'
import { checkNames } from '../../pipelines/contract/check-names.ts'
import { setCurrentProject } from '../../pipelines/contract/current-project.ts'
import { actionOf, drop, off, type RuleActions, warn } from '../../pipelines/contract/rule-actions.ts'
import { ruleFaults } from '../../pipelines/contract/rule-faults.ts'
import { changedRules, listRules } from '../../pipelines/contract/rule-list.ts'
import { contractDefinition, definitionText } from '../../pipelines/source/fingerprint/contract-definition.ts'
import { requireChangedRules } from '../../pipelines/source/rules.ts'
import { configuredRules, readConfiguration } from '../../pipelines/source/project-configuration.ts'
import { testProject } from '../helpers/project.ts'
import { email, id } from '../../pipelines/contract/columns.ts'
import type { Contract } from '../../pipelines/contract/contract.ts'
import { testEngine } from '../helpers/engine.ts'
import { judge, type Judged, judgeOne, patient, shipped } from './judge-rows.ts'

const patients = shipped('patients')
const shifted = 'dates are shifted'
const paths = { root: '/none', sources: '/none', tables: '/none', views: '/none', checks: '/none', declared: new Map() }

test.afterEach.always(() => {
  setCurrentProject(undefined)
})

test.serial('a rule that is off is not checked, and the rules beside it are', async t => {
  const born = { ...patient, birth_date: '2124-01-01' }
  t.is((await judgeOne(t, 'patients', born)).verdict, '.birth_in_future')
  const loaded = await judgeOne(t, 'patients', born, { birth_in_future: off(shifted) })
  t.deepEqual([loaded.verdict, loaded.loaded['birth_date'], loaded.marks], [undefined, '2124-01-01', []])
  const actions = { birth_in_future: off(shifted), 'birth_date.range': off(shifted), 'gender.one_of': off('free text') }
  const odd = { ...patient, birth_date: '2324-01-01', gender: 'not said' }
  t.deepEqual((await judgeOne(t, 'patients', odd, actions)).loaded, odd)
  const died = { ...odd, deceased_at: '2023-01-01T00:00Z' }
  t.is((await judgeOne(t, 'patients', died, actions)).verdict, '.death_before_birth')
  t.is((await judgeOne(t, 'patients', { ...odd, birth_date: '2324-02-31' }, actions)).verdict, 'birth_date.cast')
})

test.serial('the form of a text may be off or warn, that of a number may not', async t => {
  const info = { phi: 'direct', description: 'Where to write.' } as const
  const shape = { patient_id: id(info), address: email(info).nullable() }
  const letters: Contract = { table: 'letters', grain: 'one letter', key: ['patient_id'], references: [], shape }
  const row = { patient_id: '1', address: 'Avery at home' }
  const db = await testEngine(t)
  const judged = async (actions: RuleActions): Promise<Judged | undefined> =>
    (await judge(db, letters, [row], actions))[0]
  t.is((await judged({}))?.verdict, 'address.pattern')
  t.deepEqual((await judged({ 'address.pattern': off('free text') }))?.loaded, row)
  t.deepEqual((await judged({ 'address.pattern': warn() }))?.marks, ['warn address.pattern'])
  t.deepEqual(ruleFaults({ 'address.pattern': off('free text') }, [letters]), [])
  // A rule that is off hides none behind it.
  const [empty] = await judge(db, letters, [{ ...row, address: '' }], { 'address.length': off('empty is unknown') })
  t.is(empty?.verdict, 'address.pattern')
  t.regex(ruleFaults({ 'age_years.pattern': off('free text') }, [patients]).join(), /cannot be off\(\): .* can be off$/)
})

test.serial('the source goes before the project, and the project before the contract, also in the fingerprint', t => {
  const before = definitionText(contractDefinition(patients))
  const actions: RuleActions = { birth_in_future: off(shifted), birth_date: drop('typed by hand') }
  setCurrentProject({ ...paths, actions })
  t.is(actionOf(patients, {}, null, 'birth_in_future'), 'off')
  t.is(actionOf(patients, { birth_in_future: warn() }, null, 'birth_in_future'), 'warn')
  t.is(actionOf(patients, {}, 'birth_date', 'pattern'), 'drop')
  const after = definitionText(contractDefinition(patients))
  t.not(after, before)
  setCurrentProject({ ...paths, actions: { ...actions, birth_in_future: off('another reason for the same rows') } })
  t.is(definitionText(contractDefinition(patients)), after)
  setCurrentProject(undefined)
  t.is(definitionText(contractDefinition(patients)), before)
})

test.serial('the list of rules says what happens, why, and who declares it', t => {
  setCurrentProject({ ...paths, actions: { default_birth_dates: warn('1900-01-01 is unknown') } })
  const names = checkNames([patients])
  const rules = listRules(patients, { birth_in_future: off(shifted), 'birth_date.range': warn() }, names)
  const found = (rule: string, column: string | null): unknown =>
    rules.find(one => one.rule === rule && one.column === column)
  t.like(found('birth_in_future', null), { kind: 'rule', action: 'off', reason: shifted, declaredBy: 'source' })
  t.like(found('range', 'birth_date'), { action: 'warn', reason: null, declaredBy: 'source' })
  t.like(found('death_in_future', null), { action: 'quarantine', reason: null, declaredBy: 'default' })
  t.like(found('default_birth_dates', null), { kind: 'check', action: 'warn', declaredBy: 'project' })
  t.like(found('row_count', null), { kind: 'check', action: null, declaredBy: 'default' })
  t.like(
    listRules(patients).find(({ column, rule }) => column === 'birth_date' && rule === 'range'),
    { action: 'drop', declaredBy: 'contract' },
  )
})

test.serial('of the rules of a project, a source has those of its tables that it does not change itself', t => {
  const actions = { birth_in_future: off(shifted), death_in_future: off(shifted), long_stays: off('a hospice') }
  setCurrentProject({ ...paths, actions })
  t.deepEqual(changedRules([patients], { birth_in_future: drop() }, checkNames([patients])), [
    { rule: 'birth_in_future', action: 'drop', reason: null, declaredBy: 'source' },
    { rule: 'death_in_future', action: 'off', reason: shifted, declaredBy: 'project' },
  ])
})

test.serial('what a package.json changes is checked', t => {
  const project = testProject(t, {
    rules: { birth_in_future: { off: shifted }, 'visits.long_stays': { warn: 'a hospice' } },
  })
  const { nameOf } = readConfiguration(project.root)
  const rules = configuredRules(readConfiguration(project.root))
  t.deepEqual(rules, { birth_in_future: off(shifted), 'visits.long_stays': warn('a hospice') })
  t.notThrows(() => {
    requireChangedRules(rules, nameOf)
  })
  for (const wrong of [{ off: '' }, { off: true }, {}, { of: shifted }, { off: shifted, warn: shifted }, 'off']) {
    project.configure({ rules: { birth_in_future: wrong } })
    t.throws(
      () => configuredRules(readConfiguration(project.root)),
      { message: /caseload\.rules\.birth_in_future/ },
      JSON.stringify(wrong),
    )
  }
  const message = /^package\.json of the project: caseload\.rules\['birth_in_futur'\] .* mean birth_in_future\?\.$/
  t.throws(
    () => {
      requireChangedRules({ birth_in_futur: off(shifted) }, nameOf)
    },
    { name: 'UsageError', message },
  )
})
