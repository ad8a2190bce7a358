import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { rowPredicates } from '../../pipelines/check/predicates.ts'
import { requireRuleSql } from '../../pipelines/check/project-rules.ts'
import { setCurrentProject } from '../../pipelines/contract/current-project.ts'
import type { TableDeclaration } from '../../pipelines/contract/declare.ts'
import { actionOf } from '../../pipelines/contract/rule-actions.ts'
import { ruleFaults } from '../../pipelines/contract/rule-faults.ts'
import { rowRules } from '../../pipelines/contract/row-rules.ts'
import { contractFor } from '../../pipelines/contract/tables/contracts.ts'
import { date, defineTable, drop, id, text } from '../../pipelines/index.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { contractDefinition, definitionText } from '../../pipelines/source/fingerprint/contract-definition.ts'
import { loadRules } from '../../pipelines/source/rules.ts'
import { testEngine } from '../helpers/engine.ts'
import { testLanding } from '../helpers/landing.ts'

const info = { phi: 'none', description: 'A column of the test.' } as const
const incidents = defineTable({
  grain: 'one incident',
  key: ['incident_id'],
  columns: {
    incident_id: id(info),
    happened_on: date(info).nullable(),
    reported_on: date(info).nullable(),
    kind: text(info).nullable(),
  },
})
const declared: ReadonlyMap<string, TableDeclaration> = new Map([['incidents', incidents]])
const head = '-- The incident is reported before it happens.\n-- nulls: reported_on\n'
const late = `${head}row.reported_on < row.happened_on\n`

/** A folder of rules with these files. */
function rulesFolder(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const { root } = testLanding(t)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), content)
  }
  return root
}

function enter(t: ExecutionContext, files: Readonly<Record<string, string>>): void {
  const paths = { root: '/none', sources: '/none', tables: '/none', views: '/none', checks: '/none' }
  setCurrentProject({ ...paths, declared, rules: loadRules(rulesFolder(t, files), declared) })
}

test.afterEach.always(() => {
  setCurrentProject(undefined)
})

function contractOf(table: string): NonNullable<ReturnType<typeof contractFor>> {
  const contract = contractFor(table)
  if (contract === undefined) throw new Error(table)
  return contract
}

test.serial('rules of the project judge its own tables, and shipped ones beside the shipped rules', t => {
  const before = definitionText(contractDefinition(contractOf('visits')))
  const shipped = rowRules('visits').map(({ name }) => name)
  enter(t, {
    'incidents/late.sql': late,
    'visits/long_wait.sql': `\uFEFF${head.replace('reported_on', 'visit_date')}row.admitted_on > row.visit_date + 365;\r\n`,
    'README.md': 'Ours.',
  })
  const [rule, ...others] = rowRules('incidents')
  t.like(rule, {
    name: 'late',
    reason: 'the incident is reported before it happens',
    columns: ['reported_on', 'happened_on'],
    nulls: ['reported_on'],
    origin: 'sql/rules/incidents/late.sql',
  })
  t.deepEqual(others, [])
  t.deepEqual(
    rowRules('visits').map(({ name }) => name),
    [...shipped, 'long_wait'],
  )
  const after = definitionText(contractDefinition(contractOf('visits')))
  t.not(after, before, 'a batch that was loaded without the rule is stale')
  t.true(after.includes('long_wait'))
  setCurrentProject(undefined)
  t.is(definitionText(contractDefinition(contractOf('visits'))), before)
})

test.serial('a source declares what its batches do with a row that breaks such a rule', t => {
  enter(t, { 'incidents/late.sql': late })
  const contract = contractOf('incidents')
  t.is(actionOf(contract, {}, null, 'late'), 'quarantine')
  t.deepEqual(ruleFaults({ late: drop() }, [contract]), [])
  t.deepEqual(contractDefinition(contract, { late: drop() }).actions, { late: 'drop' })
  enter(t, { 'incidents/late.sql': late.replace('nulls: reported_on', 'nulls: incident_id') })
  t.regex(ruleFaults({ late: drop() }, [contractOf('incidents')]).join(), /cannot be drop\(\): incidents\.incident_id/)
})

test.serial('a row breaks a rule of the project, and one at the edge does not', async t => {
  enter(t, { 'incidents/late.sql': late })
  const db = await testEngine(t)
  const contract = contractOf('incidents')
  await t.notThrowsAsync(requireRuleSql(db, contract))
  const breaks = async (reported: string): Promise<unknown> => {
    const values: Readonly<Record<string, string>> = { happened_on: '2023-05-01', reported_on: reported }
    const cast = (column: string): string => `date '${values[column] ?? ''}'`
    const [predicate] = rowPredicates(contract, new Set(Object.keys(values)), cast, '2023-05-01')
    const [found] = await db.rows(`select ${predicate?.broken ?? 'null'} as broken`)
    return found?.['broken']
  }
  t.deepEqual([await breaks('2023-04-30'), await breaks('2023-05-01')], [true, false])
})

const refused: readonly (readonly [file: string, content: string, said: RegExp])[] = [
  ['incidents.sql', late, /^sql\/rules\/incidents\.sql would never run: .*sql\/rules\/<table>\/\. Move it there/],
  ['incidents/old/late.sql', late, /^sql\/rules\/incidents\/old\/late\.sql would never run/],
  ['nowhere/late.sql', late, /^sql\/rules\/nowhere\/late\.sql is a rule of nowhere, which is not a table/],
  ['incidents/Late.sql', late, /^sql\/rules\/incidents\/Late\.sql: a rule is named in lower-case/],
  ['incidents/late.SQL', late, /late\.SQL: a rule is named in lower-case/],
  ['incidents/kind.sql', late, /kind\.sql: incidents has a column of that name\. Give the file another name/],
  ['incidents/parent.sql', late, /parent\.sql: parent is a rule of the engine/],
  ['incidents/length.sql', late, /length\.sql: length is a rule of the engine/],
  ['incidents/late.sql', late.replace('-- The', '--'), /expected a first line that says what is wrong, such as/],
  ['incidents/late.sql', late.replace('-- nulls', '-- columns'), /expected a line "-- nulls: <column>, <column>"/],
  ['incidents/late.sql', `${head}1 = 1`, /late\.sql compares no column; write columns as row\.<column>/],
  ['incidents/late.sql', `${late}; row.kind = 'x'`, /late\.sql holds 2 expressions; expected one/],
  [
    'incidents/late.sql',
    `${head}row.reported_at < row.happened_on`,
    /compares row\.reported_at, and incidents has no such column\. Did you mean reported_on\? It has incident_id, /,
  ],
  [
    'incidents/late.sql',
    late.replace('nulls: reported_on', 'nulls: ended_on'),
    /names ended_on in its line "nulls", and incidents has no such column/,
  ],
  [
    'visits/discharged_at_before_admitted_at.sql',
    '-- The visit ends early.\n-- nulls: discharged_at\nrow.discharged_at < row.admitted_at',
    /Caseload ships a rule of that name for visits, which stays as it is\. Give the file another name/,
  ],
]

for (const [file, content, said] of refused) {
  test.serial(`a rule of the project is refused by its name: ${file}, ${String(said).slice(0, 60)}`, t => {
    const folder = rulesFolder(t, { [file]: content })
    t.regex(t.throws(() => loadRules(folder, declared), { instanceOf: UsageError }).message, said)
  })
}

const noCondition: readonly (readonly [expression: string, said: RegExp])[] = [
  ['row.kind', /late\.sql: expected a boolean expression, .*, found one of type VARCHAR/],
  ['row.reported_on <', /late\.sql is not an expression that DuckDB takes: /],
  ['later(row.kind)', /late\.sql is not an expression that DuckDB takes: .*later/],
  ['max(row.reported_on) > row.happened_on', /late\.sql is not an expression that DuckDB takes: /],
]

for (const [expression, said] of noCondition) {
  test.serial(`a batch names the rule that DuckDB cannot ask: ${expression}`, async t => {
    enter(t, { 'incidents/late.sql': head + expression })
    const db = await testEngine(t)
    const { message } = await t.throwsAsync(requireRuleSql(db, contractOf('incidents')), { instanceOf: UsageError })
    t.regex(message, said)
  })
}

test('no folder of rules is no rule', t => {
  t.is(loadRules('/none', declared).size, 0)
})
