import test from 'ava'
import fc from 'fast-check'
import {
  forecastLocks,
  lockCapacity,
  type LeafRate,
  type PartitionedTable,
} from '../../../pipelines/operate/doctor/lock-forecast.ts'
import { leaves, locks } from '../../../pipelines/operate/doctor/locks.ts'

/** As a server comes. */
const standard = { max_locks_per_transaction: 64, max_connections: 100, max_prepared_transactions: 0 }

const table = (table_name: string, days: number, indexes_per_leaf = 1): PartitionedTable => ({
  table_name,
  leaves: days,
  relations: days + 2,
  indexes: (days + 2) * indexes_per_leaf,
  indexes_per_leaf,
})

const daily = (table_name: string, source = 'icu'): LeafRate => ({ source, table_name, leaves: 30, days: 30 })

test('the lock table holds max_locks_per_transaction for every connection and prepared transaction', t => {
  t.is(lockCapacity(standard), 6400)
  t.is(lockCapacity({ ...standard, max_prepared_transactions: 20 }), 7680)
})

test('5,475 leaves are an error on a server as it comes, and none with 2,048 locks', t => {
  const facts = { tables: [table('measurements', 5475)], rates: [], readers: [], crowded: [] }
  const finding = locks(standard, facts)
  t.is(finding.level, 'error')
  t.regex(finding.found, /^room for 6,400 locks; store\.measurements takes 10,954: .*53200/)
  t.regex(finding.remedy ?? '', /max_locks_per_transaction = 256, .*caseload compact/)
  t.is(locks({ ...standard, max_locks_per_transaction: 2048 }, facts).level, 'ok')
})

test('a server that is large enough today and not in a year is a warning', t => {
  const tables = [table('measurements', 100), table('visits', 100)]
  const rates = ['icu', 'icu__north'].flatMap(source => [daily('measurements', source), daily('visits', source)])
  const both = { name: 'clinical.orphans', tables: ['measurements', 'visits'] }
  t.is(locks(standard, { tables, rates, readers: [], crowded: [] }).level, 'ok')
  const forecast = forecastLocks(standard, tables, rates, [both])
  t.deepEqual(forecast.now, { name: 'clinical.orphans', locks: 408 })
  t.deepEqual(forecast.inAYear, { name: 'clinical.orphans', locks: 408 + 2 * 2 * 2 * 365 })
  const crowded = { tables, rates: rates.concat(rates, rates), readers: [both], crowded: [] }
  t.is(locks(standard, crowded).level, 'warning')
})

test('many leaves name the source to compact', t => {
  const facts = { tables: [table('visits', 812)], rates: [], readers: [] }
  t.is(leaves({ ...facts, crowded: [] }).level, 'ok')
  const crowded = [{ table: 'visits', leaves: 812, source: 'icu__north', sourceLeaves: 700 }]
  const finding = leaves({ ...facts, crowded })
  t.is(finding.level, 'warning')
  t.is(finding.remedy, 'caseload compact icu__north --before <date> --to month')
})

const settings = fc.record({
  max_locks_per_transaction: fc.integer({ min: 10, max: 10_000 }),
  max_connections: fc.integer({ min: 1, max: 2000 }),
  max_prepared_transactions: fc.integer({ min: 0, max: 500 }),
})
const names = ['patients', 'visits', 'measurements'] as const
const tables = fc.tuple(
  ...names.map(name =>
    fc.tuple(fc.nat(20_000), fc.integer({ min: 1, max: 4 })).map(([days, indexes]) => table(name, days, indexes)),
  ),
)
const rates = fc.array(
  fc.record({
    source: fc.constantFrom('icu', 'intake', 'icu__north'),
    table_name: fc.constantFrom(...names),
    leaves: fc.nat(30),
    days: fc.integer({ min: 1, max: 30 }),
  }),
)
const readers = fc.array(fc.record({ name: fc.string(), tables: fc.uniqueArray(fc.constantFrom(...names)) }))

test('what is advised holds a year, is never less than there is, and settles the finding', t => {
  fc.assert(
    fc.property(settings, tables, rates, readers, (given, there, growth, queries) => {
      const forecast = forecastLocks(given, there, growth, queries)
      const better = { ...given, max_locks_per_transaction: forecast.advised }
      t.true(forecast.now.locks <= forecast.inAYear.locks)
      t.true(forecast.now.locks >= Math.max(...there.map(one => one.relations + one.indexes)))
      t.true(forecast.advised >= given.max_locks_per_transaction)
      t.true(lockCapacity(better) >= 2 * forecast.inAYear.locks)
      t.is(locks(better, { tables: there, rates: growth, readers: queries, crowded: [] }).level, 'ok')
      const level = locks(given, { tables: there, rates: growth, readers: queries, crowded: [] }).level
      t.is(level === 'error', forecast.now.locks > lockCapacity(given))
    }),
  )
})
