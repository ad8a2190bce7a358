import type { Environment } from '../../platform/environment.ts'
import { CaseloadError, UsageError } from '../../platform/errors.ts'
import { describeServerError, errorCode, isConnectionLost, isServerError } from '../../platform/server-error.ts'
import { currentProject } from '../../contract/current-project.ts'
import { readSettings, type Settings } from '../../source/settings.ts'
import { type Check, machineChecks, serverChecks } from './checks.ts'
import { declaredZones } from './declared-zones.ts'
import { error, type Finding, warning } from './finding.ts'
import { reachServer } from './reach-server.ts'
import { openEngine } from './versions.ts'

/** What the doctor checks. */
export interface ExamineOptions {
  readonly env: Environment
  /** The folder in which the command was called. */
  readonly cwd: string
  /** The landing root of the command line. */
  readonly landing: string | undefined
  /** Number of replaced versions of a batch to keep. */
  readonly keep: number
}

/**
 * Checks everything that a run needs. Changes nothing: starts no server, migrates nothing, and its session may only read. A
 * check that fails is a finding, and the other checks go on.
 */
export async function examine(parts: ExamineOptions): Promise<readonly Finding[]> {
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

/** With wrong settings the server is checked with the defaults. */
function settingsOf({ env, cwd, landing }: ExamineOptions): { settings: Settings; problem: Finding | undefined } {
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

/** The finding for a check that the server refused or did not answer; any other error is a bug. */
function notLookedAt(check: string, failure: unknown): Finding {
  const code = errorCode(failure) ?? ''
  if (code === '42501')
    return error(check, 'the role lacks the right to look (SQLSTATE 42501)', 'see the findings about rights')
  if (['42P01', '42703', '42883'].includes(code)) {
    return warning(check, `the ledger is of another version (SQLSTATE ${code})`, 'caseload migrate')
  }
  if (isServerError(failure) || isConnectionLost(failure) || failure instanceof CaseloadError) {
    return warning(check, `could not be checked (${describeServerError(failure)})`, 'caseload doctor again')
  }
  throw failure
}
