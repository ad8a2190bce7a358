import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { type BatchChecks, loadChecks } from '../../pipelines/audit/batch-checks.ts'
import { off, type RuleActions, warn } from '../../pipelines/contract/rule-actions.ts'
import { nullShare, notEmpty, type QualityRule, range } from '../../pipelines/source/quality-rule.ts'
import { Transformer } from '../../pipelines/source/transformer.ts'
import { testLanding } from '../helpers/landing.ts'

class Ward extends Transformer {
  override readonly inputs = {}
  override readonly tables = ['patients', 'visits']
  override readonly quality: readonly QualityRule[]
  override readonly rules: RuleActions

  constructor(quality: readonly QualityRule[] = [], rules: RuleActions = {}) {
    super()
    this.quality = quality
    this.rules = rules
  }
}

const declared = (...rules: readonly QualityRule[]): BatchChecks =>
  loadChecks({ name: 'ward', transformer: new Ward(rules) }, [])

test('the shipped checks of just the tables that the source fills are taken', t => {
  const { sql, rules } = declared(notEmpty('visits'))
  t.deepEqual(rules, [{ kind: 'not_empty', table: 'visits', severity: 'error' }])
  t.deepEqual([...new Set(sql.map(one => one.table))], ['patients', 'visits'])
})

test('a check that is off is left out, of the table that is named', t => {
  const namesWith = (rules: RuleActions): readonly string[] =>
    loadChecks({ name: 'ward', transformer: new Ward([], rules) }, []).sql.map(({ name }) => name)
  t.true(namesWith({ long_stays: warn('a hospice') }).includes('long_stays'))
  t.false(namesWith({ long_stays: off('a hospice') }).includes('long_stays'))
  t.false(namesWith({ 'visits.long_stays': off('a hospice') }).includes('long_stays'))
  t.true(namesWith({ 'patients.long_stays': off('a hospice') }).includes('long_stays'))
})

test('a rule that cannot be right is refused with its name', t => {
  const wrong: readonly (readonly [rules: readonly QualityRule[], message: RegExp])[] = [
    [[notEmpty('measurements')], /ward: the quality rule not_empty of measurements names a table that/],
    [[nullShare('visits', 'nothing', 0)], /names a column that the table does not have/],
    [[nullShare('visits', 'reason', 5)], /a share from 0 to 1/],
    [[nullShare('visits', 'reason', NaN)], /a share from 0 to 1/],
    [[range('visits', 'reason', { least: 1 })], /over text/],
    [[range('visits', 'visit_type', { least: 1 })], /over text/],
    [[range('visits', 'admitted_on', {})], /neither a lowest nor a highest/],
    [[range('visits', 'admitted_on', { least: 5 })], /bounds as ISO text/],
    [[range('visits', 'admitted_on', { least: 'yesterday' })], /bounds as ISO text/],
    [[range('patients', 'age_years', { most: '7' })], /numbers as bounds/],
    [[range('patients', 'age_years', { most: Infinity })], /numbers as bounds/],
    [[notEmpty('visits'), notEmpty('visits', 'warn')], /visits not_empty twice/],
  ]
  for (const [rules, message] of wrong) t.throws(() => declared(...rules), { name: 'UsageError', message })
  t.notThrows(() => declared(nullShare('visits', 'reason', 0.1), nullShare('visits', 'reason', 0.5, 'error')))
})

test("a source's own queries come beside the shipped ones, and one of the same name in its place", t => {
  const folder = testLanding(t)
  folder.write('ward/ward.js', '')
  folder.write('ward/checks/long_stays.sql', '-- table: visits\n-- severity: error\nselect visit_id from visits;\n')
  folder.write(
    'ward/checks/no_reason.sql',
    '-- table: visits\n-- severity: warn\n-- by: visit_type\nselect 1 -- store.x',
  )
  folder.write('ward/checks/README.md', 'not a query')
  const { sql } = loadChecks({ name: 'ward__north', transformer: new Ward() }, ['/nowhere', folder.root])
  t.deepEqual(
    sql.map(one => [one.name, one.severity, one.by, one.origin]),
    [
      ['default_birth_dates', 'warn', undefined, 'sql/checks/patients/default_birth_dates.sql'],
      ['overlapping_stays', 'warn', undefined, 'sql/checks/visits/overlapping_stays.sql'],
      ['long_stays', 'error', undefined, 'sources/ward/checks/long_stays.sql'],
      ['no_reason', 'warn', 'visit_type', 'sources/ward/checks/no_reason.sql'],
    ],
  )
  t.true(sql.find(one => one.name === 'long_stays')?.sql.endsWith('from visits'))
})

test("a source's own query that cannot be right is refused with its file", t => {
  const root = testLanding(t).root
  const refused = (name: string, text: string, message: RegExp): void => {
    const path = join(root, name, 'ward/checks', `${name}.sql`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    writeFileSync(join(root, name, 'ward/ward.ts'), '')
    t.throws(() => loadChecks({ name: 'ward', transformer: new Ward() }, [join(root, name)]), {
      name: 'UsageError',
      message,
    })
  }
  const head = '-- table: visits\n-- severity: warn\n'
  refused('severe', '-- table: visits\n-- severity: fatal\nselect 1', /sources\/ward\/checks\/severe\.sql: .*severity/)
  refused('homeless', '-- severity: warn\nselect 1', /homeless\.sql: expected a line "-- table/)
  refused(
    'stray',
    '-- table: devices\n-- severity: warn\nselect 1',
    /stray\.sql checks devices, which ward does not fill/,
  )
  refused('With-Dash', `${head}select 1`, /With-Dash\.sql: a check is named/)
  refused('yesterday', `${head}select 1 from store.visits`, /yesterday\.sql reads schema store/)
  refused('today', `${head}select 1 from CLINICAL . current_visits`, /today\.sql reads schema clinical/i)
  refused('personal', `${head}-- by: reason\nselect reason from visits`, /personal\.sql counts by reason/)
})
