import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import test from 'ava'
import { ledgerAlone } from '../../pipelines/ledger/status.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'
import { drawReport } from '../../pipelines/report/draw/draw-report.ts'
import { buildReport } from '../../pipelines/report/build-report.ts'
import type { ReportOptions } from '../../pipelines/report/model/options.ts'
import { type Report, reportSchema } from '../../pipelines/report/model/document.ts'
import { shippedSources } from '../../pipelines/source/load-source.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { makeWorld, sourceNames } from './world.ts'

const world = { sources: 6, days: 120, last: '2023-05-31' }
const now = new Date('2023-06-02T12:00:00Z')

const options = (more: Partial<ReportOptions> = {}): ReportOptions => ({
  sourceFolders: [shippedSources],
  workRoot: tmpdir(),
  sources: [],
  from: undefined,
  to: undefined,
  internal: false,
  now,
  ...more,
})

const read = (session: Session | undefined, more?: Partial<ReportOptions>): Promise<Report> =>
  buildReport(options(more), {
    session,
    checks: ledgerAlone,
    landedDays: () => Promise.resolve(new Set(['2023-05-01'])),
    warn: message => {
      throw new Error(message)
    },
  })

test('the document has its schema, every source and day, and nothing that people wrote', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    await makeWorld(session, world)
    const report = await read(session)
    t.notThrows(() => reportSchema.parse(report))
    t.deepEqual(
      report.sources.map(one => one.name),
      [...sourceNames(world)].sort(),
    )
    t.deepEqual(report.window, { from: '2023-02-01', to: '2023-05-31' })
    for (const { days } of report.sources) t.is(days.length, 120)
    const states = new Set(report.sources.flatMap(({ days }) => days.map(day => day.state)))
    for (const state of [
      'published',
      'failed',
      'refused',
      'incomplete',
      'not_delivered',
      'aborted',
      'overdue',
      'pinned',
    ])
      t.true(states.has(state), state)
    t.notRegex(JSON.stringify(report), /qzvx/i)
    // What only an internal report shows is there to be left out.
    const internal = JSON.stringify(await read(session, { internal: true }))
    for (const word of ['qzvx-host', 'Qzvx-file', 'Qzvx-signal.csv', 'Qzvx reason'])
      t.true(internal.includes(word), word)

    const [first] = report.batches
    t.is(first?.date, '2023-05-31')
    for (const { tables, shown } of report.batches.filter(one => one.state === 'published')) {
      t.not(shown, null)
      const sum = (counts: readonly { readonly count: number }[]): number =>
        counts.reduce((all, one) => all + one.count, 0)
      for (const one of tables) t.is(one.candidates, one.loaded + sum(one.quarantined) + sum(one.removed))
    }
    const old = report.batches.filter(one => one.date < '2023-05-01')
    t.true(old.length > 0)
    t.true(old.every(one => one.problem || one.state !== 'published'))
    t.true(report.attention.length > 0)
    t.true(report.attention.every(one => one.command.startsWith('caseload ')))

    const one = await read(session, { sources: ['icu__w00'], from: '2023-05-01', to: '2023-05-07' })
    t.deepEqual(
      one.sources.map(source => [source.name, source.days.length]),
      [['icu__w00', 7]],
    )
    const late = report.sources.find(source => source.name === 'source_a__w01')?.on_time ?? []
    t.deepEqual(
      late.map(({ month }) => month),
      ['2023-02', '2023-03', '2023-04', '2023-05'],
    )
    t.true(late.every(month => month.on_time < month.due))
  })
})

test('a role without clinical rights gets the report without those parts, and it says so', async t => {
  const { url } = await testDatabase(t)
  const role = `caseload_test_reader_${randomBytes(4).toString('hex')}`
  await withSession(url, async session => {
    await makeWorld(session, { ...world, sources: 1, days: 3 })
    await session.query(`create role ${quoteIdent(role)}; grant usage on schema caseload to ${quoteIdent(role)};
      grant select on all tables in schema caseload to ${quoteIdent(role)};
      grant execute on all functions in schema caseload to ${quoteIdent(role)}`)
    try {
      await session.query(`set role ${quoteIdent(role)}`)
      const report = await read(session)
      t.deepEqual(report.clinical, { shown: false, note: 'this role may not read the clinical views' })
      t.deepEqual(report.quality.readmissions, [])
      t.is(report.sources[0]?.days.length, 3)
      t.true(report.tables.every(table => table.columns.every(column => column.nulls === null)))
      t.true(drawReport(report).includes('They are not shown: this role may not read the clinical views.'))
    } finally {
      await session.query(`reset role; drop owned by ${quoteIdent(role)}; drop role ${quoteIdent(role)}`)
    }
  })
})

test('without a database, and before the first run, the document has what the code says', async t => {
  const { url } = await testDatabase(t)
  const empty = await withSession(url, session => read(session))
  t.deepEqual([empty.ledger.shown, empty.ledger.note], [false, 'no batch ran yet'])
  const none = await read(undefined)
  t.notThrows(() => reportSchema.parse(none))
  t.is(none.window, null)
  t.true(none.sources.length > 5)
  t.true(none.tables.some(table => table.name === 'visits' && table.read_by.includes('latest_visits')))
  const icu = none.sources.find(source => source.name === 'icu')
  t.false(icu?.selects.some(select => select.sql.includes('heart_rate')))
})

test('lineage goes from a field of a file to a view, and says where it does not know', async t => {
  const { lineage } = await read(undefined)
  const from = (node: string, column: string) => lineage.columns.find(one => one.node === node && one.column === column)
  t.deepEqual(from('select/icu/visits', 'visit_id')?.from, [{ node: 'files/icu/admission', column: 'admission_id' }])
  t.deepEqual(from('select/icu/visits', 'visit_type'), {
    node: 'select/icu/visits',
    column: 'visit_type',
    known: true,
    from: [],
  })
  t.false(from('select/icu/patients', 'age_as_of')?.known)
  t.true(from('view/medicine_per_patient', 'drug')?.from.some(one => one.column === 'treatments_drug'))
  const ids = new Set(lineage.nodes.map(node => node.id))
  for (const { from: one, to } of lineage.edges) t.true(ids.has(one) && ids.has(to), `${one} ${to}`)
  for (const column of lineage.columns) t.true(ids.has(column.node), column.node)
})
