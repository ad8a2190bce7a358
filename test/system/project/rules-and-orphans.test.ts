import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { setCurrentProject } from '../../../pipelines/contract/current-project.ts'
import type { TableDeclaration } from '../../../pipelines/contract/declare.ts'
import { integer } from '../../../pipelines/index.ts'
import { migrate } from '../../../pipelines/ledger/migrate.ts'
import { createViews, missingViews } from '../../../pipelines/ledger/views.ts'
import { initProject } from '../../../pipelines/scaffold/init.ts'
import { caseload, root } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { keyColumns, none, parts, table, things } from './declared.ts'

const info = `{ phi: 'none', description: 'A column.' }`
const incidents = `import { date, defineTable, id } from 'caseload'

export const incidents = defineTable({
  grain: 'one incident',
  key: ['patient_id', 'incident_id'],
  references: [{ table: 'patients', columns: ['patient_id'] }],
  columns: {
    patient_id: id({ phi: 'direct', description: 'A column.' }),
    incident_id: id(${info}),
    happened_on: date(${info}).nullable(),
    reported_on: date(${info}).nullable(),
  },
})
`
const source = `import { csv, Transformer } from 'caseload'

export class Ward extends Transformer {
  inputs = { lines: csv({ files: ['lines.csv'], columns: ['patient', 'incident', 'happened', 'reported'] }) }
  tables = ['patients', 'incidents']
  references = { incidents: 'deferred' }
}
`
const selectPatients = `select file_no, record_no, patient as patient_id from lines where patient <> 'P9'\n`
const selectIncidents = `select
  file_no,
  record_no,
  patient as patient_id,
  incident as incident_id,
  happened as happened_on,
  reported as reported_on
from lines
`
const rule = `-- The incident is reported before it happens.
-- nulls: reported_on
row.reported_on < row.happened_on
`
const lines = `patient,incident,happened,reported
P1,I1,2023-04-30,2023-05-01
P1,I2,2023-04-30,2023-04-29
P9,I3,2023-04-30,2023-04-30
`

interface TestProject {
  /** Runs the batch and gives what it wrote to stderr. */
  readonly run: (code: number, ...flags: readonly string[]) => Promise<string>
  readonly write: (name: string, content: string) => void
}

function project(t: ExecutionContext, url: string): TestProject {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-rules-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  initProject(folder, '1.0.0')
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/caseload'), 'dir')
  const write = (name: string, content: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  write('tables/incidents.js', incidents)
  write('sources/ward/ward.js', source)
  write('sources/ward/patients.sql', selectPatients)
  write('sources/ward/incidents.sql', selectIncidents)
  write('sql/rules/incidents/reported_early.sql', rule)
  write('data/ward/20230501/lines.csv', lines)
  const run = async (code: number, ...flags: readonly string[]): Promise<string> => {
    const done = await caseload(['run', 'ward', '20230501', ...flags], { url, cwd: folder })
    t.is(done.code, code, done.stderr)
    return done.stderr
  }
  return { run, write }
}

test('a rule of the project sends a row to quarantine, and a batch is stale when the rule changes', async t => {
  const { url } = await testDatabase(t)
  const { run, write } = project(t, url)
  await run(0)
  t.deepEqual(await rowsOf(url, 'select record_no, column_name, rule, reason from caseload.quarantine'), [
    {
      record_no: 2,
      column_name: null,
      rule: 'reported_early',
      reason: 'the incident is reported before it happens',
    },
  ])
  const stored = async (): Promise<unknown> =>
    (await rowsOf(url, 'select incident_id from store.incidents order by 1')).map(row => row['incident_id'])
  t.deepEqual(await stored(), ['I1', 'I3'])
  // The database and its views were made before the table.
  t.deepEqual(
    await rowsOf(
      url,
      `select child_table, parent_table, patient_id, visit_id, rows::integer as rows from clinical.orphans`,
    ),
    [{ child_table: 'incidents', parent_table: 'patients', patient_id: 'P9', visit_id: null, rows: 1 }],
  )
  const runs = async (): Promise<number> => (await rowsOf(url, 'select 1 from caseload.runs')).length
  await run(0, '--if-changed')
  t.is(await runs(), 1)
  write('sql/rules/incidents/reported_early.sql', rule.replace(' < row.happened_on', ' < row.happened_on - 7'))
  await run(0, '--if-changed')
  t.is(await runs(), 2)
  t.deepEqual(await stored(), ['I1', 'I2', 'I3'])
})

test('a rule that is not SQL stops the batch by its name (exit 2), and what was published stays', async t => {
  const { url } = await testDatabase(t)
  const { run, write } = project(t, url)
  await run(0)
  write('sql/rules/incidents/reported_early.sql', rule.replace('row.reported_on <', 'row.reported_on < <'))
  t.regex(await run(2), /sql\/rules\/incidents\/reported_early\.sql is not an expression that DuckDB takes/)
  t.is((await rowsOf(url, 'select 1 from store.incidents')).length, 2)
})

function inProject(declared: Readonly<Record<string, TableDeclaration>>): void {
  const paths = { root: '/none', sources: '/none', tables: '/none', views: '/none', checks: '/none' }
  setCurrentProject({ ...paths, declared: new Map(Object.entries(declared)) })
}

test.afterEach.always(() => {
  setCurrentProject(undefined)
})

/** Refers to both by their ids alone; `rows` is also a column of the view. */
const notes = table(
  { ...keyColumns, visit_id: keyColumns.thing_no.nullable(), rows: integer(none) },
  {
    references: [
      { table: 'patients', columns: ['patient_id'] },
      { table: 'visits', columns: ['patient_id', 'visit_id'] },
    ],
  },
)

test.serial('orphans lists the own tables of a project, in both kinds of references', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    t.deepEqual(await missingViews(session), [])
    inProject({ things, parts, notes })
    await migrate(session)
    t.deepEqual(await missingViews(session), ['orphans'])
    await createViews(session)
    t.deepEqual(await missingViews(session), [])
    for (const name of ['patients', 'things', 'parts', 'notes']) {
      await session.query(`create table store.${name}_ward partition of store.${name} for values in ('ward')`)
    }
    await session.query(`insert into caseload.sources (source, transformer, class, zone, schedule)
      values ('ward', 'ward', 'Ward', 'UTC', 'daily')`)
    await session.query(`insert into caseload.deliveries (source, table_name, delivery)
      select 'ward', name, 'upsert' from unnest(array['patients', 'things']) as t (name)`)
    await session.query(
      `insert into store.patients (patient_id, source, batch_date) values ('P1', 'ward', '2023-05-01')`,
    )
    await session.query(
      `insert into store.things (patient_id, thing_no, source, batch_date) values ('P1', 'T1', 'ward', '2023-05-01')`,
    )
    await session.query(`insert into store.parts (patient_id, thing_no, part_no, source, batch_date) values
      ('P1', 'T1', 'A', 'ward', '2023-05-01'), ('P1', 'T1', 'A', 'ward', '2023-05-02'),
      ('P1', 'T1', 'B', 'ward', '2023-05-02'), ('P2', 'T9', 'A', 'ward', '2023-05-02')`)
    await session.query(`insert into store.notes (patient_id, thing_no, visit_id, rows, source, batch_date) values
      ('P1', 'N1', 'V1', 7, 'ward', '2023-05-01'), ('P3', 'N1', null, 7, 'ward', '2023-05-01')`)
  })
  const found = await rowsOf(
    url,
    `select concat_ws(' ', batch_date, child_table, parent_table, patient_id, rows, reason) as line
     from clinical.orphans order by 1`,
  )
  t.deepEqual(
    found.map(row => row['line']),
    [
      '2023-05-01 notes patients P3 1 no parent in any batch',
      '2023-05-02 parts patients P2 1 no parent in any batch',
      '2023-05-02 parts things P1 2 parent only in another batch',
      '2023-05-02 parts things P2 1 no parent in any batch',
    ],
    'the source fills no visits, so none is missed',
  )
})
