import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateSync } from 'node:zlib'
import type { ExecutionContext } from 'ava'
import { ended, type Ended, start } from '../../helpers/cli.ts'
import { testLanding } from '../../helpers/landing.ts'
import { canariesIn, csvOf, type Row } from './canaries.ts'
import { textOfFolder, textOfTables } from './places.ts'
import type { LoggingServer } from './server.ts'
import { watchProcesses } from './watch.ts'

/** One thing that goes wrong, and how it is to end. */
export interface Trial {
  /** Default `leaky`. */
  readonly source?: string
  /** Files of the delivery, by name. */
  readonly files: Readonly<Record<string, string | Uint8Array>>
  /** The command line, instead of `run <source> <date>`. */
  readonly args?: (date: string) => readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Another database than the one given. */
  readonly url?: string
  /** What is done to the command while it runs. */
  readonly meanwhile?: (child: ChildProcess, date: string) => void | Promise<void>
  /** Secrets besides those of every trial. */
  readonly secrets?: readonly string[]
  /** True if the command line itself holds a secret: then all can see it there. */
  readonly isToldOnCommandLine?: boolean
  /** The exit code, or those of which it is one. */
  readonly code: number | readonly number[]
}

/** The days that a trial delivers: one run logs text, the other JSON. */
export const days = { text: '20230501', json: '20230502' } as const

/** Set in the environment of every run; none may show anywhere. */
const secretEnvironment = {
  PGPASSWORD: 'Pg-password-of-nobody',
  CASELOAD_PSEUDONYM_KEY: 'Pseudonym-key-of-nobody-0123456789abcdef',
  AWS_SECRET_ACCESS_KEY: 'Aws/secret+key/of/nobody',
  AWS_SESSION_TOKEN: 'Aws-session-token-of-nobody==',
  OPENLINEAGE_API_KEY: 'Lineage-key-of-nobody',
}

const pipesParam = (value: unknown): string => deflateSync(Buffer.from(JSON.stringify(value))).toString('base64')

const sources = fileURLToPath(new URL('sources', import.meta.url))

/** Rows of tables as the files of a delivery. */
export function csvFiles(rows: ReadonlyMap<string, readonly Row[]>): Record<string, string> {
  return Object.fromEntries([...rows].map(([table, list]) => [`${table}.csv`, csvOf(table, list)]))
}

/**
 * Runs a trial twice at once, logging text and JSON, and searches all that the commands said, showed, wrote down and left
 * behind for canaries and secrets. Only the tables and the quarantine may hold canaries.
 *
 * @returns how both ended, text first
 */
export async function tryAndSearch(
  t: ExecutionContext,
  server: LoggingServer,
  url: string,
  trial: Trial,
): Promise<readonly Ended[]> {
  const { source = 'leaky', files } = trial
  const landing = testLanding(t)
  for (const date of Object.values(days)) {
    for (const [name, content] of Object.entries(files)) landing.write(`${source}/${date}/${name}`, content)
  }
  const left = mkdtempSync(join(tmpdir(), 'caseload-leaks-'))
  t.teardown(() => {
    rmSync(left, { recursive: true, force: true })
  })
  const runs = Object.entries(days).map(([format, date]) => {
    const own = (name: string): string => join(left, format, name)
    for (const name of ['work', 'tmp', 'cwd']) mkdirSync(own(name), { recursive: true, mode: 0o700 })
    return start([...(trial.args?.(date) ?? ['run', source, date])], {
      url: trial.url ?? url,
      cwd: own('cwd'),
      env: {
        ...secretEnvironment,
        CASELOAD_LANDING: landing.root,
        CASELOAD_SOURCES: sources,
        CASELOAD_LOG_FORMAT: format,
        CASELOAD_WORK: own('work'),
        CASELOAD_RETRIES: '0',
        TMPDIR: own('tmp'),
        // All telemetry there is: what it says lies among what is searched.
        CASELOAD_METRICS_DIR: own('tmp'),
        CASELOAD_OPENLINEAGE_FILE: own('lineage'),
        OPENLINEAGE_URL: 'http://user:Lineage-key-of-nobody@127.0.0.1:9/Lineage-key-of-nobody',
        DAGSTER_PIPES_CONTEXT: pipesParam({ data: { asset_keys: [source] } }),
        DAGSTER_PIPES_MESSAGES: pipesParam({ path: own('pipes') }),
        ...trial.env,
      },
    })
  })
  const saw = watchProcesses(runs.flatMap(({ pid }) => pid ?? []))
  const over = runs.map(ended)
  const dates = Object.values(days)
  await Promise.all(runs.map(async (child, index) => trial.meanwhile?.(child, dates[index] ?? '')))
  const done = await Promise.all(over)
  const { commands, environments } = saw()
  for (const { code, stderr } of done) t.true([trial.code].flat().includes(code ?? -1), `exit code ${code}: ${stderr}`)
  const [, json] = done
  for (const line of json?.stderr.split('\n').filter(one => one !== '') ?? []) {
    t.notThrows(() => JSON.parse(line) as unknown, line)
  }
  const places: Readonly<Record<string, string>> = {
    output: done.map(({ stdout, stderr }) => stdout + stderr).join('\n'),
    ledger: await textOfTables(url, ['caseload'], ['quarantine_rows']),
    staging: await textOfTables(url, ['caseload_stage']),
    folders: textOfFolder(left),
    'log of the server': server.log(),
    ...(trial.isToldOnCommandLine === true ? {} : { processes: commands }),
  }
  const secrets = [...Object.values(secretEnvironment), server.password, url, ...(trial.secrets ?? [])]
  for (const [place, text] of Object.entries(places)) {
    t.deepEqual(canariesIn(text), [], place)
    for (const secret of secrets) t.false(text.includes(secret), `${place}: ${secret}`)
  }
  t.deepEqual(canariesIn(environments), [], 'environments of processes')
  return done
}
