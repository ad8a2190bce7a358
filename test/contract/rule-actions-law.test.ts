import test from 'ava'
import fc from 'fast-check'
import { columnsOf, type Contract } from '../../pipelines/contract/contract.ts'
import { drop, quarantine, type RuleActions, warn } from '../../pipelines/contract/rule-actions.ts'
import { ruleFaults } from '../../pipelines/contract/rule-faults.ts'
import { rowRules } from '../../pipelines/contract/row-rules.ts'
import { testEngine } from '../helpers/engine.ts'
import { judge, shipped } from './judge-rows.ts'

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
