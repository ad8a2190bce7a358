import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { canonical } from '../../pipelines/contract/tables/canonical.ts'
import { checkedSelect } from '../../pipelines/check/check-sql.ts'
import { judgedSelect, type JudgeOptions } from '../../pipelines/check/judge-sql.ts'
import { removedFrom } from '../../pipelines/check/verdict-columns.ts'
import { columnsOf, type Contract } from '../../pipelines/contract/contract.ts'
import { valueReason } from '../../pipelines/check/explain.ts'
import { actionOf, drop, quarantine, type RuleActions, warn } from '../../pipelines/contract/rule-actions.ts'
import { ruleFaults } from '../../pipelines/contract/rule-faults.ts'
import { rowRules } from '../../pipelines/contract/row-rules.ts'
import { quoteConstant, quoteIdent } from '../../pipelines/platform/sql.ts'
import type { DuckDB } from '../../pipelines/platform/duckdb.ts'
import { testEngine } from '../helpers/engine.ts'

type Row = Readonly<Record<string, string | null>>

const shipped = (table: string): Contract => {
  const contract = canonical.find(one => one.table === table)
  if (contract === undefined) throw new Error(table)
  return contract
}

const batchDate = '2023-05-01'

/** What came of one row: its verdict as the name of a rule, its columns as they are loaded, and its marks. */
interface Judged {
  readonly verdict: string | undefined
  readonly loaded: Row
  readonly marks: readonly string[]
  readonly keepsText: boolean
}

/** Judges rows as a batch does that has no parents and no key twice. */
async function judge(
  db: DuckDB,
  contract: Contract,
  rows: readonly Row[],
  actions: RuleActions,
  mask: JudgeOptions['mask'] = () => 'keep',
): Promise<readonly Judged[]> {
  const names = Object.keys(rows[0] ?? {})
  const text = (value: string | null): string => (value === null ? 'null::varchar' : quoteConstant(value))
  const values = rows.map((row, at) => `(1, ${at + 1}, ${names.map(name => text(row[name] ?? null)).join(', ')})`)
  const select = `select * from (values ${values.join(', ')}) as v (file_no, record_no, ${names.map(quoteIdent).join(', ')})`
  const yielded = new Map([
    ['file_no', 'INTEGER'],
    ['record_no', 'INTEGER'],
    ...names.map(name => [name, 'VARCHAR'] as const),
  ])
  const options: JudgeOptions = { zone: 'UTC', mayHoldNul: true, batchDate, parents: [], actions, mask }
  const checked = checkedSelect(judgedSelect(contract, select, yielded, options))
  const marks = checked.marks.length > 0 ? 'caseload_marks' : 'null'
  const found = await db.rows(
    `select columns(*)::varchar, ${marks} as marks from (${checked.sql}) order by record_no::integer`,
  )
  return found.map(row => {
    const verdict = Number(row['caseload_verdict'])
    const rule = checked.rules[verdict - 1]
    return {
      verdict: verdict === 0 || verdict >= removedFrom ? undefined : [rule?.column ?? '', rule?.rule].join('.'),
      loaded: Object.fromEntries(names.map(name => [name, row[name] as string | null])),
      marks: ((row['marks'] as string | null) ?? '')
        .split(',')
        .filter(number => number !== '')
        .map(number => {
          const { kind, column, rule: name } = checked.marks[Number(number)] ?? {}
          return `${kind ?? ''} ${column ?? ''}.${name ?? ''}`
        }),
      keepsText: row['caseload_row'] !== null,
    }
  })
}

async function judgeOne(t: ExecutionContext, table: string, row: Row, actions: RuleActions = {}): Promise<Judged> {
  const [one] = await judge(await testEngine(t), shipped(table), [row], actions)
  if (one === undefined) throw new Error('no row')
  return one
}

const patient = { patient_id: '1', birth_date: '1960-02-03', deceased_at: null }
const treatment = { patient_id: '1', treatment_id: '1', started_on: '2023-04-02', ended_on: '2023-04-03' }

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

const tables = ['patients', 'visits', 'treatments', 'measurements_hourly'] as const
const oddities = [
  null,
  '',
  'x',
  '-1',
  '151',
  '7',
  '1.5',
  'male',
  'active',
  'inpatient',
  '1722-02-03',
  '2301-01-01',
  '2023-02-30',
]
const moments = [
  '2023-04-01',
  '2023-04-02',
  '2024-01-01',
  '2023-04-01T10:00Z',
  '2023-04-02T10:00Z',
  '2024-01-01T10:00Z',
]

/** Declarations that a source may make: a random one of all keys, without those that are refused. */
function actionsFor(contract: Contract): fc.Arbitrary<RuleActions> {
  const keys = [
    ...columnsOf(contract).flatMap(({ name, checks }) => [name, ...checks.map(({ rule }) => `${name}.${rule}`)]),
    ...rowRules(contract.table).map(({ name }) => name),
  ]
  const action = fc.constantFrom(drop(), warn(), quarantine())
  const sound = (actions: RuleActions): RuleActions =>
    Object.fromEntries(
      Object.entries(actions).filter(one => ruleFaults(Object.fromEntries([one]), [contract]).length === 0),
    )
  return fc
    .oneof(
      fc.dictionary(fc.constantFrom(...keys), action, { maxKeys: 12 }),
      fc.constant(Object.fromEntries(keys.map(key => [key, drop()]))),
    )
    .map(sound)
}

for (const table of tables) {
  test(`each row is loaded but for just what is dropped of it, or goes to quarantine: ${table}`, async t => {
    const contract = shipped(table)
    const db = await testEngine(t)
    const odd = fc.constantFrom(...oddities, ...moments)
    const row = fc.record(
      Object.fromEntries(
        Object.entries(contract.shape).map(([name, schema]) => {
          const good = [...oddities, ...moments].filter(value => schema.safeParse(value).success)
          const sound = { weight: 20, arbitrary: fc.constantFrom(...good) }
          // A key that is broken says nothing of what can be dropped.
          return [name, contract.key.includes(name) ? sound.arbitrary : fc.oneof(sound, { weight: 1, arbitrary: odd })]
        }),
      ),
    )
    const rows = fc.array(row, { minLength: 60, maxLength: 60 })
    let loaded = 0
    let dropped = 0
    await fc.assert(
      fc.asyncProperty(rows, actionsFor(contract), async (given, actions) => {
        const everywhere = Object.fromEntries(
          [...columnsOf(contract).map(({ name }) => name), ...rowRules(table).map(({ name }) => name)].map(name => [
            name,
            quarantine(),
          ]),
        )
        const found = await judge(db, contract, given, actions)
        // A row whose dropped values are taken away by hand is in order where every broken row goes to quarantine, but for
        // what was warned of.
        const emptied = given.map((one, at) => {
          const gone = (found[at]?.marks ?? []).flatMap(mark => /^drop (.+)[.]/.exec(mark)?.[1] ?? [])
          return Object.fromEntries(
            Object.entries(one).map(([name, text]) => [name, gone.includes(name) ? null : text]),
          )
        })
        const warnings = Object.fromEntries(Object.entries(actions).filter(([, { kind }]) => kind === 'warn'))
        const again = await judge(db, contract, emptied, { ...everywhere, ...warnings })
        for (const [at, one] of found.entries()) {
          const seen = JSON.stringify([given[at], actions, one, again[at]])
          if (one.verdict !== undefined) {
            t.deepEqual(one.marks, [], seen)
            continue
          }
          loaded++
          dropped += one.marks.filter(mark => mark.startsWith('drop')).length
          t.is(again[at]?.verdict, undefined, seen)
          t.deepEqual(one.loaded, again[at]?.loaded, seen)
          t.deepEqual(
            one.marks.filter(mark => mark.startsWith('warn')),
            again[at]?.marks,
            seen,
          )
          t.is(
            one.keepsText,
            one.marks.some(mark => mark.startsWith('drop')),
            seen,
          )
        }
      }),
      { numRuns: 6, endOnFailure: true },
    )
    t.true(loaded > 0 && dropped > 0, `${loaded} rows loaded, ${dropped} values dropped`)
  })
}
