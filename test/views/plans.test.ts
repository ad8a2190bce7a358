import { readFileSync } from 'node:fs'
import test from 'ava'
import { viewQuestions } from '../../bench/view-questions.ts'
import { root } from '../helpers/cli.ts'
import { createDatabase, type TestDatabase, withSession } from '../helpers/database.ts'

const days = 30
const patients = 12
const population = 36

let database: TestDatabase

// 60 leaves a table, few rows in each: the plans are those of a database with a history.
test.before(async () => {
  database = await createDatabase()
  await withSession(database.url, async session => {
    await session.query(readFileSync(`${root}bench/history.sql`, 'utf8'))
    for (let day = 0; day < days; day++) {
      for (const source of ['source_a', 'source_b']) {
        await session.query(`select bench.publish_visits($1, date '2023-01-01' + $2::integer, $3, $4)`, [
          source,
          day,
          patients,
          population,
        ])
      }
    }
    await session.query(`select bench.publish_readings('icu', '2023-01-01', 1)`)
    for (const table of ['patients', 'visits', 'diagnoses', 'treatments', 'measurements']) {
      await session.query(`analyze store.${table}`)
    }
  })
})
test.after.always(() => database.drop())

interface Plan {
  readonly 'Node Type': string
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Join Filter'?: number
  readonly Plans?: readonly Plan[]
}

const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

/** How often a nested loop reads all partitions of a table again, at most. */
function mostRescans(plan: Plan): number {
  const inner = nodesOf(plan)
    .filter(node => node['Node Type'] === 'Nested Loop')
    .flatMap(node => nodesOf((node.Plans ?? [])[1] ?? node))
    .filter(node => /Append$/.test(node['Node Type']) && (node.Plans ?? []).length >= days)
  return Math.max(0, ...inner.map(node => node['Actual Loops']))
}

/** The pairs of rows that one join makes and throws away, at most: a row meets itself where its newer versions are looked for. */
const mostPairsRemoved = (plan: Plan): number =>
  Math.max(0, ...nodesOf(plan).map(node => (node['Rows Removed by Join Filter'] ?? 0) * node['Actual Loops']))

/** What the sources deliver besides nested visits. */
const feeds: Readonly<Record<string, readonly string[]>> = {
  'documents alone': [],
  entities: [
    `update caseload.deliveries set children = 'entity' where source = 'source_b' and table_name = 'treatments'`,
  ],
  'silent batches': [
    `update store.visits set silent_on = '{treatments}' where source = 'source_a' and batch_date > '2023-01-20'`,
    'analyze store.visits',
  ],
}

for (const [feed, changes] of Object.entries(feeds)) {
  for (const { name, sql } of viewQuestions(population, '2023-01-01')) {
    test(`${feed}, ${name}: no loop over all partitions, and rows meet only what belongs to them`, async t => {
      await withSession(database.url, async session => {
        await session.query('begin')
        for (const change of changes) await session.query(change)
        const explained = await session.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
          `explain (analyze, timing off, format json) ${sql}`,
        )
        const plan = explained.rows[0]?.['QUERY PLAN'][0]?.Plan
        if (plan === undefined) throw new Error('explain gives a plan')
        const stored = await session.query<{ rows: number }>('select count(*) as rows from store.treatments')
        await session.query('rollback')
        t.true(mostRescans(plan) <= 1, `all partitions are read ${mostRescans(plan)} times`)
        t.true(
          mostPairsRemoved(plan) <= (stored.rows[0]?.rows ?? 0),
          `a join throws ${mostPairsRemoved(plan)} pairs away`,
        )
      })
    })
  }
}
