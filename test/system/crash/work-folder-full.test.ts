import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { caseload, type CallOptions, ended, type Ended, root } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'
import { tablesIn } from '../../publish/batches.ts'

const records = 300

/** A source whose SELECT sorts some 77 MB that it makes of a few records. */
const spills = {
  'spills.js': `
    import { json, scalar, Transformer } from 'caseload'
    export class Spills extends Transformer {
      inputs = { people: json({ files: ['people.ndjson'], record: { patient_id: scalar, name: scalar } }) }
      tables = ['patients']
    }`,
  'patients.sql': `
    with spread as (
      select file_no, record_no, patient_id, name, n, repeat(md5(patient_id || n), 8) as ballast
      from people, range(1000) as numbers(n)
    ),
    sorted as (
      select file_no, record_no, patient_id, name, n, row_number() over (order by ballast) as place
      from spread
    )
    select file_no, record_no, patient_id, name from sorted where n = 0 and place > 0`,
}

/** A source whose files are rewritten in the work folder, because of their encoding. */
const rewrites = {
  'rewrites.js': `
    import { csv, Transformer } from 'caseload'
    export class Rewrites extends Transformer {
      inputs = { people: csv({ files: ['people.csv'], columns: ['patient_id', 'name'], encoding: 'windows-1252' }) }
      tables = ['patients']
    }`,
  'patients.sql': 'select file_no, record_no, patient_id, name from people',
}

/** A folder with these sources, which find the package by its name. */
function ownSources(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-sources-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/caseload'))
  for (const [source, files] of Object.entries({ spills, rewrites })) {
    mkdirSync(join(folder, source))
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, source, name), content)
  }
  return folder
}

/** Runs a batch in a process whose files may not grow beyond so many kB: to DuckDB the same as a disk that is full. */
function runWithin(limit: number, args: readonly string[], options: CallOptions): Promise<Ended> {
  const script = 'ulimit -f "$1"; shift; exec "$@"'
  return ended(
    spawn('bash', ['-c', script, 'bash', String(limit), process.execPath, `${root}dist/bin/caseload.js`, ...args], {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: options.url, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
}

test('a work folder that is full: the old batch stays, nothing is left, and the next run has room', async t => {
  t.timeout(180_000)
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const work = mkdtempSync(join(tmpdir(), 'caseload-work-'))
  t.teardown(() => {
    rmSync(work, { recursive: true, force: true })
  })
  const deliver = (name: string): void => {
    const lines = Array.from({ length: records }, (_, n) => JSON.stringify({ patient_id: `P-${n}`, name }))
    landing.write('spills/20230501/people.ndjson', lines.join('\n'))
  }
  const run = ['run', 'spills', '2023-05-01', '--landing', landing.root]
  const env = { CASELOAD_SOURCES: ownSources(t), CASELOAD_WORK: work, CASELOAD_MEMORY: '64MB' }
  const seen = (): Promise<unknown> => rowsOf(url, 'select name, count(*) as rows from store.patients group by name')

  deliver('old')
  const first = await caseload(run, { url, env })
  t.is(first.code, 0, first.stderr)
  deliver('new')
  const full = await runWithin(1024, run, { url, env })
  t.is(full.code, 1, full.stderr)
  t.regex(full.stderr, /File too large|could not be written|CASELOAD_WORK/)
  t.notRegex(full.stderr, /this is a bug/)
  t.deepEqual(await seen(), [{ name: 'old', rows: records }])
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
  t.deepEqual(readdirSync(work), [])

  const next = await caseload(run, { url, env })
  t.is(next.code, 0, next.stderr)
  t.deepEqual(await seen(), [{ name: 'new', rows: records }])
  t.deepEqual(readdirSync(work), [])
})

test('a work folder that takes no more of a rewritten file: a message about the folder, and no bug', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const work = mkdtempSync(join(tmpdir(), 'caseload-work-'))
  t.teardown(() => {
    rmSync(work, { recursive: true, force: true })
  })
  const lines = Array.from({ length: 40_000 }, (_, n) => `P-${n},Synthetic name of nobody ${n}`)
  landing.write('rewrites/20230501/people.csv', ['patient_id,name', ...lines, ''].join('\n'))
  const run = ['run', 'rewrites', '2023-05-01', '--landing', landing.root]
  const env = { CASELOAD_SOURCES: ownSources(t), CASELOAD_WORK: work }
  const full = await runWithin(1024, run, { url, env })
  t.is(full.code, 1, full.stderr)
  t.regex(full.stderr, /The work folder of the run cannot be written: .*\(EFBIG\)\. Make room below CASELOAD_WORK/)
  t.notRegex(full.stderr, /this is a bug/)
  t.deepEqual(await rowsOf(url, 'select error_class from caseload.runs'), [{ error_class: 'CaseloadError' }])
  t.deepEqual([await tablesIn(url, 'caseload_stage'), readdirSync(work)], [[], []])
})
