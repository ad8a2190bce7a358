import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { columnsOf, type Contract, postgresType } from '../contract/contract.ts'
import { ownEngineColumns } from '../contract/engine-columns.ts'
import { allContracts } from '../contract/tables/contracts.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { packageRoot, readSql } from '../platform/sql.ts'
import { tableComments } from './comments.ts'
import { foreignObjects, hasLedger, obstacleError, requireFitness, writeObstacle } from './ownership.ts'

/** What kind of database holds the tables: one server, or a Citus cluster. Only layout.ts asks which. */
export type TargetKind = 'postgres' | 'citus'

/** What the last migration of a database wrote to its ledger. */
export interface SchemaState {
  readonly version: number
  readonly fingerprint: string
  readonly target: TargetKind
}

/** The SQL files of a folder under the package root, sorted by name. */
export function listSql(folder: string): readonly string[] {
  return readdirSync(join(packageRoot, folder))
    .filter(name => name.endsWith('.sql'))
    .sort()
    .map(name => `${folder}/${name}`)
}

/** The migrations of the ledger, in order. */
export const ledgerFiles = (): readonly string[] => listSql('sql/migrations')

/** The version of the ledger that this code works with: the number of its newest file in `sql/migrations`. */
export function ledgerVersion(): number {
  return Number(/(\d{4})_[^/]*$/.exec(ledgerFiles().at(-1) ?? '')?.[1])
}

/** A hash of everything `migrate` makes: a database that has the same one needs no migration. */
export function schemaFingerprint(): string {
  const hash = createHash('sha256')
  const folders = ['sql/functions', 'sql/store', 'sql/citus/functions', 'sql/citus']
  for (const path of [...ledgerFiles(), ...folders.flatMap(listSql)]) hash.update(readSql(path))
  for (const contract of allContracts()) {
    hash.update(JSON.stringify([contract.table, contract.key, [...declaredTypes(contract)]]))
    for (const { name, nullable } of columnsOf(contract)) hash.update(`${name} ${nullable}\n`)
  }
  hash.update(JSON.stringify(tableComments(allContracts())))
  return hash.digest('hex')
}

/** The columns of a table in schema store with their PostgreSQL types. */
export function declaredTypes(contract: Contract): ReadonlyMap<string, string> {
  const clinical = columnsOf(contract).map(column => [column.name, postgresType(column.type)] as const)
  const own = ownEngineColumns(contract.table).map(({ name, type }) => [name, type] as const)
  return new Map([...clinical, ...own, ['source', 'text'], ['batch_date', 'date']])
}

/** What the last migration wrote; undefined where the database has no ledger. */
export async function schemaState(session: Session): Promise<SchemaState | undefined> {
  if (!(await hasLedger(session))) return undefined
  const state = await session.query<SchemaState>(readSql('sql/statements/ledger/schema_state.sql'))
  return state.rows[0] ?? { version: 0, fingerprint: '', target: 'postgres' }
}

/** @throws UsageError if the ledger is newer than this code */
export function refuseNewer(state: Pick<SchemaState, 'version'> | undefined): void {
  if (state === undefined || state.version <= ledgerVersion()) return
  throw new UsageError(
    `The ledger of this database is at version ${state.version}, this version of Caseload knows ${ledgerVersion()}. ` +
      'Install the newer Caseload.',
  )
}

/**
 * True if the database has exactly what this code makes.
 *
 * @throws UsageError if its ledger is newer than this code, or as `requireFitness` does
 */
export async function isMigrated(session: Session): Promise<boolean> {
  await requireFitness(session)
  const state = await schemaState(session)
  refuseNewer(state)
  return state?.fingerprint === schemaFingerprint()
}

/**
 * Whether a command that only reads can read the ledger. It never migrates: functions and columns may differ from those of
 * this code, the version of the ledger may not.
 *
 * @returns false where the database has no ledger yet: nothing was ever run
 * @throws UsageError if the ledger is older or newer than this code, or as `requireFitness` does; where the database has no
 *   ledger, if it belongs to another application or the session may only read
 */
export async function hasReadableLedger(session: Session): Promise<boolean> {
  await requireFitness(session)
  const state = await schemaState(session)
  if (state === undefined) {
    const obstacle = (await writeObstacle(session)) ?? (await foreignObjects(session))
    if (obstacle !== undefined) throw obstacleError(obstacle)
    return false
  }
  refuseNewer(state)
  if (state.version === ledgerVersion()) return true
  throw new UsageError(
    `The ledger of this database is at version ${state.version}, this version of Caseload needs ${ledgerVersion()}. ` +
      'Run: caseload migrate',
  )
}
