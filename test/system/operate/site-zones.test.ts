import test, { type ExecutionContext } from 'ava'
import { UsageError } from '../../../pipelines/platform/errors.ts'
import { configuredZones, readConfiguration } from '../../../pipelines/source/project-configuration.ts'
import { compareZone, engineClock, serverClock } from '../../../pipelines/check/zones/compare-rules.ts'
import { momentText } from '../../../pipelines/check/zones/differences.ts'
import { zoneOf } from '../../../pipelines/source/source-zone.ts'
import { zoneNames } from '../../../pipelines/contract/zone-name.ts'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { createDatabase, rowsOf, type TestDatabase, withSession } from '../../helpers/database.ts'
import { testEngine } from '../../helpers/engine.ts'
import { testProject, type TestProject } from '../../helpers/project.ts'

let database: TestDatabase

test.before(async () => {
  database = await createDatabase()
})

test.after.always(() => database.drop())

test('the project goes before the site of the class, and that before the class', t => {
  const declared = { zone: 'Europe/Rome', zones: { north: 'Asia/Tokyo', clinic: 'UTC' } }
  const configured = new Map([['clinic__south', 'America/Lima']])
  const of = (source: string, zones = configured): string => zoneOf(source, declared, zones)
  t.is(of('clinic__south'), 'America/Lima')
  t.is(of('clinic__north'), 'Asia/Tokyo')
  t.is(of('clinic'), 'UTC')
  t.is(of('clinic__south', new Map()), 'Europe/Rome')
  t.is(of('clinic__constructor'), 'Europe/Rome')
  t.is(of('clinic__north', new Map([['clinic__north', 'America/Lima']])), 'America/Lima')
})

test('a source that needs a zone of its own says where to name it', t => {
  const declared = { zone: 'required', zones: { north: 'Asia/Tokyo' } }
  t.is(zoneOf('clinic__north', declared, undefined), 'Asia/Tokyo')
  t.throws(() => zoneOf('clinic__south', declared, undefined), {
    instanceOf: UsageError,
    message:
      /^clinic__south: .*caseload\.json.*"zones": { "clinic__south": "America\/Chicago" }, .*zones = { south: 'America/,
  })
  t.throws(() => zoneOf('clinic', declared, undefined), { message: /zones = { clinic: 'America/ })
})

test('what a project says of zones is checked', t => {
  const project = testProject(t)
  const { root } = project
  t.deepEqual(configuredZones(readConfiguration(root)), new Map())
  project.configure({ zones: { clinic__north: 'America/Chicago' } })
  t.deepEqual([...configuredZones(readConfiguration(root))], [['clinic__north', 'America/Chicago']])
  const refused: readonly [unknown, RegExp][] = [
    [{ zones: { clinic: 'BST' } }, /^package\.json of the project: caseload\.zones\.clinic: expected an IANA zone/],
    [{ zones: { clinic: 'utc' } }, /\(did you mean UTC\?\)\.$/],
    [
      { zones: { 'Clinic-1': 'UTC' } },
      /caseload\.zones: expected a source's name, such as icu__north, found "Clinic-1"/,
    ],
    [{ zones: 'UTC' }, /caseload\.zones: /],
    [
      { zone: { clinic: 'UTC' } },
      /caseload: unknown option zone \(did you mean zones\?\); expected landing, database, defaults, notify, zones, rules/,
    ],
    ['UTC', /caseload: /],
    [null, /caseload: /],
  ]
  for (const [caseloadKey, message] of refused) {
    project.configure(caseloadKey)
    t.throws(
      () => configuredZones(readConfiguration(root)),
      { instanceOf: UsageError, message },
      JSON.stringify(caseloadKey),
    )
  }
  project.write('package.json', '{')
  t.throws(() => configuredZones(readConfiguration(root)), { instanceOf: UsageError, message: /^Expected JSON in/ })
})

const select = `select file_no, record_no, patient_id, visit_id, began as admitted_at,
  strftime(began::timestamptz at time zone (select zone from batch), '%Y-%m-%d') as visit_date
from stays`

function clinic(t: ExecutionContext, members: string): TestProject {
  const project = testProject(t)
  project.write(
    'sources/clinic/clinic.js',
    `import { csv, Transformer } from 'caseload'
export class Clinic extends Transformer {
  inputs = { stays: csv({ files: ['stays.csv'], columns: ['patient_id', 'visit_id', 'began'] }) }
  tables = ['visits']
  ${members}
}
`,
  )
  project.write('sources/clinic/visits.sql', select)
  return project
}

const runOf = (project: TestProject, ...args: readonly string[]): Promise<Ended> =>
  caseload(args, { url: database.url, cwd: project.root })

test('each site has its own zone: in its rows, in the ledger, and in what makes a batch stale', async t => {
  const project = clinic(t, `zone = 'required'\n  zones = { north: 'America/Chicago' }`)
  const stays = 'patient_id,visit_id,began\nP1,V1,2023-05-02T03:30:00Z\n'
  for (const site of ['north', 'south']) project.write(`data/clinic__${site}/20230502/stays.csv`, stays)
  t.is((await runOf(project, 'run', 'clinic__north', '2023-05-02')).code, 0)
  const asks = await runOf(project, 'run', 'clinic__south', '2023-05-02')
  t.is(asks.code, 2)
  t.regex(asks.stderr, /clinic__south: expected its time zone, which the class requires/)
  project.configure({ zones: { clinic__south: 'Asia/Tokyo' } })
  t.is((await runOf(project, 'run', 'clinic__south', '2023-05-02')).code, 0)
  const rows = (): Promise<unknown> =>
    rowsOf(
      database.url,
      `select s.source, s.zone, r.zone as of_run, v.visit_date::text as day
       from caseload.sources as s
       join store.visits as v on v.source = s.source
       join caseload.runs as r on r.source = s.source and r.status = 'published'
       where s.transformer = 'clinic'
       order by s.source`,
    )
  const north = { source: 'clinic__north', zone: 'America/Chicago', of_run: 'America/Chicago', day: '2023-05-01' }
  t.deepEqual(await rows(), [
    north,
    { source: 'clinic__south', zone: 'Asia/Tokyo', of_run: 'Asia/Tokyo', day: '2023-05-02' },
  ])
  project.configure({ zones: { clinic__south: 'America/Lima' } })
  const planned = (await runOf(project, 'plan', 'clinic__north', 'clinic__south')).stdout
  t.regex(planned, /clinic__south .*zone changed: Asia\/Tokyo to America\/Lima/)
  t.notRegex(planned, /clinic__north .*zone changed/)
  t.is((await runOf(project, 'run', 'clinic__south', '2023-05-02', '--if-changed')).code, 0)
  t.deepEqual(await rows(), [
    north,
    { source: 'clinic__south', zone: 'America/Lima', of_run: 'America/Lima', day: '2023-05-01' },
  ])
})

test('a zone of which DuckDB and this server differ today is refused while they do, and doctor says so', async t => {
  const duckdb = await testEngine(t)
  const found = await withSession(database.url, async session => {
    const since = Date.UTC(2015, 0, 1) / 1000
    const until = Date.UTC(2040, 0, 1) / 1000
    for (const zone of ['America/Vancouver', ...[...zoneNames].filter(name => /^[A-Z]{3}$/.test(name))]) {
      const differences = await compareZone(zone, engineClock(duckdb), serverClock(session))
      const difference = differences.find(({ from }) => from > since && from < until)
      if (difference !== undefined) return { zone, difference }
    }
    return undefined
  })
  if (found === undefined) {
    t.log('DuckDB and the server of the tests agree about every zone that was tried')
    t.pass()
    return
  }
  const { zone, difference } = found
  const project = clinic(t, `zone = '${zone}'`)
  project.write(
    'sources/clinic/visits.sql',
    `select file_no, record_no, patient_id, visit_id, began as admitted_at from stays`,
  )
  const deliver = (moment: number): void => {
    const at = new Date(moment * 1000).toISOString().slice(0, 19)
    project.write('data/clinic/20230502/stays.csv', `patient_id,visit_id,began\nP1,V1,${at}\n`)
  }
  deliver(difference.from + 86_400)
  const refused = await runOf(project, 'run', 'clinic', '2023-05-02')
  t.is(refused.code, 2, refused.stderr)
  t.true(refused.stderr.includes(`has local times or days of ${zone}`))
  t.regex(refused.stderr, /it is at [+-]\d\d:\d\d by DuckDB and at [+-]\d\d:\d\d by PostgreSQL/)
  deliver(difference.from - 86_400)
  t.is((await runOf(project, 'run', 'clinic', '2023-05-02')).code, 0)
  const examined = await runOf(project, 'doctor')
  t.true(examined.stdout.includes(`the clocks of ${zone} differ: from`), momentText(difference.from))
})
