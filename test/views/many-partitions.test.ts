import { readFileSync } from 'node:fs'
import test from 'ava'
import { root } from '../helpers/cli.ts'
import { createDatabase, rowsOf, type TestDatabase, withSession } from '../helpers/database.ts'
import { mostRescans, mostSorted, partitionReads, planOf } from './plan.ts'

const days = 90
const partitions = 2 * days
// A patient has one row in 120.
const patients = 12
const population = 120

let database: TestDatabase

// 180 leaves a table; diagnoses and treatments of source_b are entities.
test.before(async () => {
  database = await createDatabase()
  await withSession(database.url, async session => {
    await session.query(readFileSync(`${root}bench/history.sql`, 'utf8'))
    await session.query(
      `select bench.publish_visits(s.source, date '2023-01-01' + day, $1, $2)
       from unnest(array['source_a', 'source_b']) as s (source)
       cross join generate_series(0, $3 - 1) as day`,
      [patients, population, days],
    )
    await session.query(
      `update caseload.deliveries set children = 'entity'
       where source = 'source_b' and table_name in ('diagnoses', 'treatments')`,
    )
    for (const table of ['patients', 'visits', 'diagnoses', 'treatments']) await session.query(`analyze store.${table}`)
  })
})
test.after.always(() => database.drop())

const ids = `array(select 'P-' || lpad(no::text, 7, '0') from generate_series(0, 399) as no)`

/** Scans of all partitions of one table that a question may make: those that its views write, and no loop over them. */
const scans = 24

const questions: Readonly<Record<string, string>> = {
  'one drug': `select * from patient_treatment_summary where treatments_drug = 'Metformin'`,
  'a list of 400': `select * from patient_treatment_summary where patient_id = any (${ids})`,
  'a lateral join': `select s.* from unnest(${ids}) as u (id)
    cross join lateral (select * from patient_treatment_summary as p where p.patient_id = u.id) as s`,
  'one patient': `select * from patient_treatment_summary where patient_id = 'P-0000007'`,
  'diagnoses of one patient': `select * from current_diagnoses where patient_id = 'P-0000007'`,
}

for (const [name, sql] of Object.entries(questions)) {
  test(`${name}: each partition is read once by each scan`, async t => {
    await withSession(database.url, async session => {
      await session.query('set search_path = clinical')
      const plan = await planOf(session, sql)
      t.true(mostRescans(plan, days) <= 1, `all partitions are read ${mostRescans(plan, days)} times`)
      t.true(
        partitionReads(plan) <= scans * partitions,
        `${partitionReads(plan)} reads of partitions, expected ${scans * partitions} at most`,
      )
    })
  })
}

for (const name of ['one patient', 'diagnoses of one patient']) {
  test(`${name}: no rows of other patients are sorted`, async t => {
    await withSession(database.url, async session => {
      await session.query('set search_path = clinical')
      const sorted = mostSorted(await planOf(session, questions[name] ?? ''))
      const [stored] = await rowsOf(
        database.url,
        `select count(*)::integer as rows from store.diagnoses where source = 'source_b'`,
      )
      t.true(sorted <= Number(stored?.['rows']) / 10, `${sorted} rows are sorted`)
    })
  })
}

test('the planner compares an id with few common values in each partition', async t => {
  const [found] = await rowsOf(
    database.url,
    `select
       count(*)::integer as leaves,
       count(*) filter (where coalesce(a.attstattarget, -1) not between 1 and 10)::integer as costly
     from pg_class as c
     join pg_attribute as a on a.attrelid = c.oid and a.attname = 'patient_id'
     where c.relnamespace = 'store'::regnamespace and c.relkind = 'r'`,
  )
  t.deepEqual(found, { leaves: 4 * partitions, costly: 0 })
})
