import { join } from 'node:path'
import type { DuckDB } from '../../platform/duckdb.ts'
import type { Session } from '../../platform/postgres.ts'
import { ledgerVersion, schemaFingerprint } from '../../ledger/schema-state.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const oldestNode = [20, 19] as const

/** @param version as process.versions.node */
export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
  if (isNew) return ok('node', `Node ${version}`)
  return error(
    'node',
    `Node ${version}; ${oldestNode.join('.')} is the oldest that works`,
    'install Node 20.19 or newer',
  )
}

/** The engine as a run opens it, or the reason why it does not open. */
export interface OpenedEngine {
  readonly duckdb: DuckDB | undefined
  readonly finding: Finding
}

/**
 * Opens DuckDB as a run does, with its memory limit and locked down. Makes no folder, because nothing spills.
 *
 * @param options.workRoot where a run would make its folder
 */
export async function openEngine(options: {
  readonly memoryLimit: string
  readonly workRoot: string
}): Promise<OpenedEngine> {
  try {
    const { openDuckDB } = await import('../../platform/duckdb.ts')
    const duckdb = await openDuckDB({
      memoryLimit: options.memoryLimit,
      threads: 1,
      tempDirectory: join(options.workRoot, 'caseload-doctor'),
      allowedPaths: [],
    })
    const [row] = await duckdb.rows('select version() as version')
    return { duckdb, finding: ok('duckdb', `DuckDB ${String(row?.['version']).replace(/^v/, '')}`) }
  } catch (failure) {
    const name = failure instanceof Error ? failure.name : 'unknown'
    return {
      duckdb: undefined,
      finding: error(
        'duckdb',
        `DuckDB does not open (${name})`,
        'install the packages again without --omit=optional: npm ci',
      ),
    }
  }
}

/** The version of a ledger. */
export interface LedgerState {
  readonly version: number
  readonly fingerprint: string
}

/** Reads the version of the ledger, which must exist. */
export async function ledgerStateOf(session: Session): Promise<LedgerState | undefined> {
  const found = await session.query<LedgerState>('select version, fingerprint from caseload.schema_state')
  return found.rows[0]
}

/** The version that this code makes. */
export function codeLedger(): LedgerState {
  return { version: ledgerVersion(), fingerprint: schemaFingerprint() }
}

/**
 * Compares the ledger with the code.
 *
 * @param found undefined in a database without a ledger
 */
export function ledgerState(found: LedgerState | undefined, code: LedgerState): Finding {
  if (found === undefined) return ok('ledger', 'none yet; the first run makes it')
  if (found.version > code.version) {
    return error(
      'ledger',
      `version ${found.version}, made by a newer Caseload; this one knows ${code.version}`,
      'install the newer Caseload',
    )
  }
  if (found.fingerprint === code.fingerprint) return ok('ledger', `version ${found.version}, as this Caseload makes it`)
  return warning(
    'ledger',
    found.version < code.version
      ? `version ${found.version}; this Caseload makes ${code.version}`
      : `version ${found.version}, but its functions or tables are not those of this Caseload`,
    'caseload migrate (the next run does it, too)',
  )
}
