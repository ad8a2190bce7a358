import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { connect, type Session } from '../../pipelines/platform/postgres.ts'
import { caseload, root } from '../helpers/cli.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { sampleData } from '../helpers/samples.ts'

// Full lists (home_monitoring), aggregates and readings beside each other (biometrics), visits, and conflicts of intake.
const sources = ['biometrics', 'home_monitoring', 'icu', 'intake', 'source_a']

test('the views that ask the ledger which batches are published are those that the docs name', async t => {
  const { url } = await testDatabase(t)
  const asking = await readers(url)
  t.deepEqual(
    [...asking]
      .filter(([, depth]) => depth === 1)
      .map(([view]) => view)
      .sort(),
    namedInDocs(),
  )
})

test('under a snapshot older than a publish, every other view answers as before it or as after it', async t => {
  const { url } = await testDatabase(t)
  const run = async (source: string, date: string): Promise<void> => {
    const done = await caseload(['run', source, date, '--landing', sampleData], { url })
    t.is(done.code, 0, done.stderr)
  }
  for (const source of sources) await run(source, '20230501')
  const old = await connect({ url, applicationName: 'caseload test reader' })
  const now = await connect({ url, applicationName: 'caseload test reader' })
  t.teardown(() => Promise.all([old.end(), now.end()]))
  await old.query('begin isolation level repeatable read')
  await old.query('select from caseload.runs')
  const before = await answers(now)
  for (const source of sources) await run(source, '20230502')
  const seen = await answers(old)
  const after = await answers(now)

  const mixed = [...before.keys()].filter(view => ![before.get(view), after.get(view)].includes(seen.get(view)))
  const asking = await readers(url)
  t.deepEqual(
    mixed.filter(view => !asking.has(view)),
    [],
  )
  // The samples must show what the docs warn of, or this test would compare nothing.
  t.true(['current_patients', 'current_treatments'].every(view => mixed.includes(view)))
})

/** The views that read caseload.runs, with how many views of clinical stand between, counted from 1. */
async function readers(url: string): Promise<ReadonlyMap<string, number>> {
  const found = await rowsOf(
    url,
    `with recursive reads as (
       select distinct r.ev_class as view, d.refobjid as relation
       from pg_catalog.pg_depend as d
       join pg_catalog.pg_rewrite as r on r.oid = d.objid
       where d.classid = 'pg_catalog.pg_rewrite'::regclass
         and d.refclassid = 'pg_catalog.pg_class'::regclass
         and d.refobjid <> r.ev_class
     ),
     closure as (
       select 'caseload.runs'::regclass::oid as relation, 0 as depth
       union
       select n.view, c.depth + (v.relnamespace = 'clinical'::regnamespace)::int
       from closure as c
       join reads as n on n.relation = c.relation
       join pg_catalog.pg_class as v on v.oid = n.view
     )
     select v.relname as view, min(c.depth) as depth
     from closure as c
     join pg_catalog.pg_class as v on v.oid = c.relation
     where v.relnamespace = 'clinical'::regnamespace
     group by v.relname`,
  )
  return new Map(found.map(({ view, depth }) => [String(view), Number(depth)]))
}

/** The names in backquotes with which the lines of a list in the section on snapshots begin. */
function namedInDocs(): readonly string[] {
  const text = readFileSync(join(root, 'docs/views.md'), 'utf8')
  const section = /## Views and snapshots\n(.*?)\n## /s.exec(text)?.[1] ?? ''
  const heads = section.split('\n').flatMap(line => (line.startsWith('- ') ? [line.split(':')[0] ?? ''] : []))
  return (heads.join('\n').match(/(?<=`)\w+(?=`)/g) ?? []).sort()
}

/** A hash of all rows of each view. */
async function answers(session: Session): Promise<ReadonlyMap<string, string>> {
  const views = await session.query<{ view: string }>(
    `select relname as view from pg_catalog.pg_class where relnamespace = 'clinical'::regnamespace and relkind = 'v'`,
  )
  const found = new Map<string, string>()
  for (const { view } of views.rows) {
    const { rows } = await session.query<{ hash: string }>(
      `select md5(coalesce(string_agg(v::text, '|' order by v::text), '')) as hash from clinical."${view}" as v`,
    )
    found.set(view, rows[0]?.hash ?? '')
  }
  return found
}
