import test from 'ava'
import type { Catalogue } from './catalogue.ts'
import { lintMessages, lintStatements } from './lint.ts'
import { rules } from './rules.ts'
import { textOf } from './tree.ts'

const copied = ['runs', 'tables', 'sources', 'deliveries']
const known = ['quarantine_rows']

/** A database with some tables. */
const catalogue: Catalogue = {
  placeOf: relation => {
    const [schema, name] = [textOf(relation, 'schemaname'), textOf(relation, 'relname')]
    if (schema === 'store' || schema === 'caseload_stage') return 'distributed'
    if (schema !== 'caseload') return undefined
    return copied.includes(name) ? 'reference' : known.includes(name) ? 'known' : 'local'
  },
  columnOf: relation => (textOf(relation, 'schemaname') === 'caseload_stage' ? 'patient_id' : undefined),
  volatilityOf: name => ({ clock_timestamp: 'v' as const, now: 's' as const, lower: 'i' as const })[name],
}

/** Of each rule: statements that break it, and statements like them that Citus runs. */
const cases: Readonly<Record<string, { readonly broken: readonly string[]; readonly fine: readonly string[] }>> = {
  'parts of parts': {
    broken: [
      `create table store.visits_a partition of store.visits for values in ('a') partition by range (batch_date)`,
      `create table store.visits_a (like store.visits) partition by range (batch_date)`,
    ],
    fine: [
      `create table store.visits (patient_id text, source text, batch_date date) partition by range (source, batch_date)`,
      `create table caseload_stage.visits_1 (like store.visits)`,
    ],
  },
  'key without the distribution column': {
    broken: [
      `alter table caseload_stage.visits_1 add constraint k primary key (visit_id, source)`,
      `create unique index on caseload_stage.visits_1 (visit_id)`,
    ],
    fine: [
      `alter table caseload_stage.visits_1 add constraint k primary key (patient_id, visit_id)`,
      `create index on caseload_stage.visits_1 (visit_id)`,
      `create unique index on caseload.leases (run_id)`,
    ],
  },
  'detach concurrently': {
    broken: [
      `alter table store.visits detach partition store.visits_1 concurrently`,
      `alter table store.visits detach partition store.visits_1 finalize`,
    ],
    fine: [`alter table store.visits detach partition store.visits_1`],
  },
  'temporary table': {
    broken: [
      `create temporary table ids (patient_id text)`,
      `create temp table ids as select patient_id from store.visits`,
      `select patient_id into temp ids from store.visits`,
    ],
    fine: [`create table caseload_stage.ids as select patient_id from store.visits`],
  },
  'volatile function in an update': {
    broken: [
      `update caseload.runs set published_at = clock_timestamp() where run_id = $1`,
      `delete from caseload.runs where started_at < clock_timestamp()`,
      `insert into caseload.sources (source) values ($1) on conflict (source) do update set first_run_at = now()`,
    ],
    fine: [
      `update caseload.runs set published_at = now() where run_id = $1`,
      `update caseload.leases set expires_at = clock_timestamp()`,
      `insert into caseload.runs (published_at) values (clock_timestamp()) on conflict do nothing`,
    ],
  },
  'view that unites distributed tables': {
    broken: [
      `create or replace view store.visits as select * from store.visits_a union all select * from store.visits_b`,
    ],
    fine: [
      `create view clinical.one as select * from store.visits_a`,
      `create view clinical.two as select * from store.visits_a union all select null, null where false`,
    ],
  },
  'writing step': {
    broken: [`with gone as (delete from caseload.runs returning run_id) select run_id from gone`],
    fine: [`with gone as (delete from caseload.leases returning run_id) select run_id from gone`],
  },
  'copied table changed by others': {
    broken: [
      `update caseload.runs as r set status = $1 from caseload.leases as l where l.run_id = r.run_id`,
      `delete from caseload.runs as r where r.source in (select v.source from store.visits as v)`,
    ],
    fine: [`update caseload.tables as t set state = $1 from caseload.runs as r where r.run_id = t.run_id`],
  },
  'rows without a partner deleted': {
    broken: [
      `delete from caseload.quarantine_rows as q where not exists (select from caseload.runs as r where r.run_id = q.run_id)`,
    ],
    fine: [
      `delete from caseload.quarantine_rows as q where q.run_id = any ($1)`,
      `delete from caseload.quarantine_rows as q using caseload.runs as r where r.run_id = q.run_id`,
    ],
  },
  'exists between a step and a table': {
    broken: [
      `with keys as (select patient_id from caseload_stage.visits_1)
       select patient_id from keys as k where not exists (select from store.patients as p where p.patient_id = k.patient_id)`,
    ],
    fine: [
      `with keys as (select patient_id from caseload_stage.visits_1), own as (select patient_id from store.patients)
       select patient_id from keys as k where not exists (select from own as p where p.patient_id = k.patient_id)`,
    ],
  },
  'step without columns': {
    broken: [
      `with any_row as materialized (select from store.visits) select patient_id from store.patients where exists (select from any_row)`,
    ],
    fine: [
      `with any_row as materialized (select source from store.visits) select patient_id from store.patients where exists (select from any_row)`,
    ],
  },
  'shared row lock on a copied table': {
    broken: [`select run_id from caseload.runs where run_id = $1 for share`],
    fine: [
      `select job_id from caseload.leases where job_id = $1 for share`,
      `select run_id from caseload.runs for update`,
    ],
  },
  'parameters in an SQL function': {
    broken: [
      `create function caseload.f(p uuid) returns void language sql as $$ update caseload.runs set attempts = 1 where run_id = p $$`,
    ],
    fine: [
      `create function caseload.f(p uuid) returns void language plpgsql as $$ begin update caseload.runs set attempts = 1; end $$`,
      `create function caseload.f() returns void language sql as $$ update caseload.runs set attempts = 1 $$`,
      `create function caseload.f(p text) returns text language sql as $$ select lower(p) $$`,
    ],
  },
}

test('each rule has its cases', t => {
  t.deepEqual(
    rules.map(rule => rule.name),
    Object.keys(cases),
  )
})

for (const [rule, { broken, fine }] of Object.entries(cases)) {
  test(`the linter finds: ${rule}`, async t => {
    for (const text of broken) {
      const { findings, unread } = await lintStatements([text], catalogue)
      t.deepEqual(unread, [])
      t.deepEqual(
        findings.map(finding => finding.rule),
        [rule],
        text,
      )
    }
    t.deepEqual(await lintStatements(fine, catalogue), { findings: [], unread: [] })
  })
}

test('the linter finds: several statements in a message', async t => {
  const broken = [
    `alter table caseload.runs add column a text; alter table caseload.leases add column b text`,
    `select 1; create index on store.visits (visit_id)`,
  ]
  const found = await lintMessages(broken, catalogue)
  t.deepEqual(
    found.findings.map(({ rule, statement }) => [rule, statement]),
    broken.map(statement => ['several statements', statement]),
  )
  const fine = [
    `alter table caseload.runs add column a text`,
    `alter table caseload.leases add column a text; alter table caseload.leases add column b text`,
    `select 1; select run_id from caseload.runs`,
  ]
  t.deepEqual(await lintMessages(fine, catalogue), { findings: [], unread: [] })
})

test('a text that is no SQL is not passed over', async t => {
  t.deepEqual(await lintStatements(['alter tabel store.visits'], catalogue), {
    findings: [],
    unread: ['alter tabel store.visits'],
  })
})
