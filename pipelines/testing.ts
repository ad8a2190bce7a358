import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { embeddedDatabase, requireReadableUrl } from './platform/database-url.ts'
import { findProject } from './platform/find-project.ts'
import { packageRoot } from './platform/sql.ts'

/** What became of a sample batch. */
export interface SampleRun {
  /** False if the batch was refused, so that readers see nothing of it. */
  readonly published: boolean
  /** Records of its files. */
  readonly records: number
  /** Records that went to quarantine whole, not being of the declared form. */
  readonly recordsQuarantined: number
  readonly tables: readonly SampleTable[]
}

/** What became of the rows of one table. */
export interface SampleTable {
  readonly table: string
  /** Rows that its SELECT gave; of a refused batch, those that are known. */
  readonly rows: number
  readonly loaded: number
  readonly quarantined: number
  readonly removed: number
  /** Values of loaded rows that broke a rule and are not loaded; they are no rows, and no part of the sum. */
  readonly dropped: number
}

/** Where a sample is run, for a test that has places of its own. */
export interface SampleOptions {
  /** Default: CASELOAD_TEST_URL, else an embedded PostgreSQL in `.caseload/test` of the project. */
  readonly databaseUrl?: string
  /** Landing root; default `data/` of the project. */
  readonly landing?: string
}

/**
 * Runs a sample batch, as `caseload run` does, however many of its rows are bad: for the test of a source. Running it again
 * replaces it. Nothing of the developer's own database is touched. The embedded server of the tests stays up for the next
 * time: `CASELOAD_HOME=.caseload/test npx caseload db stop` stops it. Nothing of the environment that would change the run,
 * or tell a telemetry of it, is passed on.
 *
 * @param date day of the delivery, `2023-05-01`
 * @throws Error with what the command said, if the batch was neither published nor refused
 */
export async function runSample(source: string, date: string, options: SampleOptions = {}): Promise<SampleRun> {
  const root = findProject(process.env, process.cwd())?.root ?? process.cwd()
  const landing = options.landing ?? join(root, 'data')
  const url = options.databaseUrl ?? process.env['CASELOAD_TEST_URL'] ?? ''
  if (url !== '') requireReadableUrl(url, options.databaseUrl === undefined ? 'CASELOAD_TEST_URL' : 'databaseUrl')
  const env = {
    ...ownOf(process.env, url),
    DATABASE_URL: url === '' ? embeddedDatabase : url,
    CASELOAD_HOME: join(root, '.caseload', 'test'),
  }
  const call = (...args: readonly string[]): Promise<Called> => callCaseload(args, env)
  const run = await call('run', source, date, '--json', '--max-bad-rows', '100%', '--landing', landing)
  if (run.code === 0) return published(JSON.parse(run.stdout) as RunJson)
  if (run.code !== refused) throw new Error(`caseload run ${source} ${date} ended with ${run.code}: ${run.stderr}`)
  const found = await call('sql', '--json', '-f', join(packageRoot, 'sql/statements/testing/refused_runs.sql'))
  if (found.code !== 0) throw new Error(`${run.stderr}\n${found.stderr}`)
  const runs = JSON.parse(found.stdout) as readonly RefusedJson[]
  return refusedRun(
    runs.find(one => one.source === source && one.date === date),
    run.stderr,
  )
}

const refused = 3

/**
 * The environment without what a developer, a machine or a caller said of other runs: another database, telemetry, flags.
 * CI too, which stops the server under the tests of other files that run at once.
 */
function ownOf(env: NodeJS.ProcessEnv, url: string): NodeJS.ProcessEnv {
  const foreign = /^(CI|NODE_OPTIONS|DATABASE_URL(?:_FILE)?|PG[A-Z]+|CASELOAD_\w+|OPENLINEAGE_\w+|DAGSTER_PIPES_\w+)$/
  // How to log in is another matter than where, and the embedded server has its own.
  const kept = url === '' ? place : new RegExp(`${place.source}|${login.source}`)
  return Object.fromEntries(Object.entries(env).filter(([name]) => kept.test(name) || !foreign.test(name)))
}

const place = /^CASELOAD_(PROJECT|SOURCES|MEMORY|WORK)$/

const login = /^PG(USER|PASSWORD|PASSFILE|SSL[A-Z]*)$/

interface Called {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const entry = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../dist/bin/caseload.js' : '../bin/caseload.js', import.meta.url),
)

async function callCaseload(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Called> {
  try {
    const done = await promisify(execFile)(process.execPath, [entry, ...args], { env, maxBuffer: 64 << 20 })
    return { code: 0, ...done }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (typeof code !== 'number') throw error
    return { code, stdout: stdout ?? '', stderr: stderr ?? '' }
  }
}

interface RunJson {
  readonly files: readonly { readonly records: number; readonly quarantined: number }[]
  readonly tables: readonly {
    readonly table: string
    readonly candidates: number
    readonly loaded: number
    readonly quarantined: Readonly<Record<string, number>>
    readonly removed: Readonly<Record<string, number>>
    readonly dropped: Readonly<Record<string, number>>
  }[]
}

function published({ files, tables }: RunJson): SampleRun {
  return {
    published: true,
    records: total(files.map(file => file.records)),
    recordsQuarantined: total(files.map(file => file.quarantined)),
    tables: tables.map(({ table, candidates, loaded, quarantined, removed, dropped }) => ({
      table,
      rows: candidates,
      loaded,
      quarantined: total(Object.values(quarantined)),
      removed: total(Object.values(removed)),
      dropped: total(Object.values(dropped)),
    })),
  }
}

interface RefusedJson {
  readonly source: string
  readonly date: string
  readonly files: readonly { readonly records: number; readonly quarantined: number }[]
  readonly tables: Readonly<Record<string, number>>
}

/** Nothing of it is loaded; what is known of its rows lies in quarantine. */
function refusedRun(run: RefusedJson | undefined, said: string): SampleRun {
  if (run === undefined) throw new Error(`the batch was refused before it was read: ${said}`)
  return {
    published: false,
    records: total(run.files.map(file => file.records)),
    recordsQuarantined: total(run.files.map(file => file.quarantined)),
    tables: Object.entries(run.tables).map(([table, rows]) => ({
      table,
      rows,
      loaded: 0,
      quarantined: rows,
      removed: 0,
      dropped: 0,
    })),
  }
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)
