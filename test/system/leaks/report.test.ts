import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import anyTest, { type TestFn } from 'ava'
import { caseload } from '../../helpers/cli.ts'
import { rowsOf } from '../../helpers/database.ts'
import { wholeText } from '../../report/unpacked.ts'
import { brokenRows, canariesIn, columnRules, goodRow, goodRows } from './canaries.ts'
import { type LoggingServer, startServer } from './server.ts'
import { csvFiles, tryAndSearch } from './trial.ts'

const test = anyTest as TestFn<{ server: LoggingServer }>

test.before(async t => {
  const server = await startServer()
  t.context = { server }
})

test.after.always(t => t.context.server.stop())

const sources = fileURLToPath(new URL('sources', import.meta.url))

test('no value of a row is in a report, whatever rule it breaks and however often it occurs below eleven patients', async t => {
  const { server } = t.context
  const url = await server.database()
  const all = goodRows()
  for (const rule of columnRules)
    for (const [table, rows] of brokenRows(rule).rows) all.get(table)?.push(...rows.slice(3))
  // A drug of ten patients is not named; one of eleven is: it shows that the page would show it.
  const patients = Array.from({ length: 11 }, (_, at) => 100 + at)
  for (const row of patients) {
    all.get('patients')?.push(goodRow('patients', row))
    all.get('visits')?.push(goodRow('visits', row))
    const treatment = { ...goodRow('treatments', row), diagnosis_no: null }
    all.get('treatments')?.push({ ...treatment, drug: 'Common drug' })
    if (row < 110)
      all
        .get('treatments')
        ?.push({ ...goodRow('treatments', row + 100, row), diagnosis_no: null, drug: 'Qzvx rare drug' })
  }
  const text = {
    files: csvFiles(all),
    args: (date: string) => ['run', 'leaky', date, '--max-bad-rows', '100%'],
    code: [0, 3],
  }
  await tryAndSearch(t, server, url, text)
  t.true((await rowsOf(url, `select 1 from clinical.medicine_per_patient where drug = 'Qzvx rare drug'`)).length > 0)
  const folder = mkdtempSync(join(tmpdir(), 'caseload-report-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const out = join(folder, 'report.html')
  for (const flags of [[], ['--internal']]) {
    const call = { url, env: { CASELOAD_SOURCES: sources, CASELOAD_LANDING: folder } }
    const done = await caseload(['report', '--out', out, '--json', '--to', '2023-05-03', ...flags], call)
    t.is(done.code, 0, done.stderr)
    const page = readFileSync(out, 'utf8')
    t.deepEqual(canariesIn(wholeText(page)), [], 'the page')
    t.deepEqual(canariesIn(done.stdout), [], 'the document')
    t.true(page.includes('leaky'))
    t.true(page.includes('Common drug'))
  }
})
