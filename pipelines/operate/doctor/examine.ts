import type { Environment } from '../../platform/environment.ts'
import { CaseloadError, UsageError } from '../../platform/errors.ts'
import { describeServerError, errorCode, isConnectionLost, isServerError } from '../../platform/postgres.ts'
import { currentProject } from '../../contract/current-project.ts'
import { readSettings, type Settings } from '../../source/settings.ts'
import { type Check, machineChecks, serverChecks } from './checks.ts'
import { declaredZones } from './declared-zones.ts'
import { error, type Finding, warning } from './finding.ts'
import { reachServer } from './reach-server.ts'
import { openEngine } from './versions.ts'

/** Where the doctor looks. */
export interface Examined {
  readonly env: Environment
  /** Where the command was called. */
  readonly cwd: string
  /** What the command line says of the landing root. */
  readonly landing: string | undefined
  /** How many replaced versions of a batch are kept. */
  readonly keep: number
}

/**
 * Looks at everything that a run needs. Changes nothing: no server is started, nothing is migrated, and the session may
 * only read. What cannot be looked at is a finding, and the rest is looked at all the same.
 */
export async function examine(parts: Examined): Promise<readonly Finding[]> {
  const { settings, problem } = settingsOf(parts)
  const { reached, findings: connection } = await reachServer(parts.env, parts.cwd)
  const { duckdb, finding: engine } = await openEngine(settings)
  try {
    const declared = await declaredZones(settings.sourceFolders, reached, currentProject()?.zones)
    const machine = { ...parts, settings, duckdb, reached, declaredZones: declared.zones }
    const settled = machineChecks.filter(check => problem === undefined || check.needsSettings !== true)
    return [
      ...(problem === undefined ? [] : [problem]),
      ...(await run(settled, machine)),
      engine,
      ...declared.findings,
      ...connection,
      ...(reached === undefined
        ? []
        : await run(serverChecks, {
            ...reached,
            workRoot: settings.workRoot,
            keep: parts.keep,
            env: parts.env,
            now: Date.now,
          })),
    ]
  } finally {
    duckdb?.close()
    await reached?.session.end().catch(() => undefined)
  }
}

/** Where the settings are wrong, the server is looked at with those that nobody set. */
function settingsOf({ env, cwd, landing }: Examined): { settings: Settings; problem: Finding | undefined } {
  try {
    return { settings: readSettings({ landing }, env, cwd), problem: undefined }
  } catch (failure) {
    if (!(failure instanceof UsageError)) throw failure
    const problem = error('settings', failure.message.replace(/\.$/, ''), 'correct it, then caseload doctor again')
    return { settings: readSettings({}, {}, cwd), problem }
  }
}

async function run<Subject>(checks: readonly Check<Subject>[], subject: Subject): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const { name, look } of checks) {
    try {
      findings.push(...[await look(subject)].flat())
    } catch (failure) {
      findings.push(notLookedAt(name, failure))
    }
  }
  return findings
}

/** What is said of a check that the server did not answer; anything else is a bug. */
function notLookedAt(check: string, failure: unknown): Finding {
  const code = errorCode(failure) ?? ''
  if (code === '42501') return error(check, 'this role may not look (SQLSTATE 42501)', 'see what is said of rights')
  if (['42P01', '42703', '42883'].includes(code)) {
    return warning(check, `the ledger is of another version (SQLSTATE ${code})`, 'caseload migrate')
  }
  if (isServerError(failure) || isConnectionLost(failure) || failure instanceof CaseloadError) {
    return warning(check, `could not be looked at (${describeServerError(failure)})`, 'caseload doctor again')
  }
  throw failure
}
