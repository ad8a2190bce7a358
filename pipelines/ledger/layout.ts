import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { statementsOf } from '../platform/sql-text.ts'
import { listSql, type SchemaState, schemaState, type TargetKind } from './schema-state.ts'

/** The targets that a user can name. */
export const targetKinds: readonly TargetKind[] = ['postgres', 'citus']

/** How the tables of a target are made. */
export interface Layout {
  readonly target: TargetKind
  /** The files that make the functions. */
  readonly functions: readonly string[]
  /** The messages in which a file is sent. */
  readonly messages: (sql: string) => readonly string[]
  /** Changes a statement that creates a table of schema store. */
  readonly tableSql: (statement: string) => string
  /** The file that distributes the tables once they are made; undefined if nothing is to be distributed. */
  readonly placement: string | undefined
}

/**
 * Decides the layout of a database.
 *
 * @param state what the last migration wrote; undefined for a new database
 * @param asked the target that the user names
 * @throws UsageError if the database is made for another target, or Citus is asked for and its functions are absent
 */
export async function chooseLayout(
  session: Session,
  state: SchemaState | undefined,
  asked: TargetKind | undefined,
): Promise<Layout> {
  const target = asked ?? state?.target ?? 'postgres'
  if (state !== undefined && state.target !== target) {
    throw new UsageError(
      `This database is made for target ${state.target}, and its tables cannot become those of target ${target}. Make another ` +
        `database, call caseload migrate --target ${target} there, and load the batches again.`,
    )
  }
  if (target === 'postgres') return plainLayout()
  await requireCitus(session)
  return citusLayout()
}

function plainLayout(): Layout {
  return {
    target: 'postgres',
    functions: listSql('sql/functions'),
    messages: sql => [sql],
    tableSql: statement => statement,
    placement: undefined,
  }
}

const plainPartitioning = 'partition by list (source)'

/** No parent per source: Citus has no partitions of partitions. The source comes first, so that a month of one source is a range. */
function citusLayout(): Layout {
  return {
    target: 'citus',
    functions: replaced(listSql('sql/functions'), listSql('sql/citus/functions')),
    // Citus sends the whole message of an `alter table` to the workers, which take one statement.
    messages: statementsOf,
    tableSql: statement => {
      if (!statement.includes(plainPartitioning))
        throw new Error('a table of schema store that has no parts per source')
      return statement.replace(plainPartitioning, 'partition by range (source, batch_date)')
    },
    placement: 'sql/citus/place_tables.sql',
  }
}

/** The files, with those of the second list in place of the files of the same name. */
function replaced(files: readonly string[], others: readonly string[]): readonly string[] {
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
  const byName = new Map(others.map(path => [nameOf(path), path]))
  return files.map(path => byName.get(nameOf(path)) ?? path)
}

async function requireCitus(session: Session): Promise<void> {
  const { rows } = await session.query<{ name: string }>(readSql('sql/statements/ledger/missing_citus.sql'))
  if (rows.length === 0) return
  throw new UsageError(
    `Expected the functions of Citus in this database, found no ${rows.map(row => row.name).join(', ')}. To go on, as a ` +
      'superuser: create extension citus, on the workers, too, and name them with citus_add_node; or leave out --target citus.',
  )
}

const noRolesOnCitus =
  'No roles are made on target citus: nobody has tried yet whether every right of docs/roles.md holds on the shards of the workers, ' +
  'too; the login that migrates owns everything'

/**
 * Reads a statement that each target asks in its own way.
 *
 * @param path below sql/statements, of target postgres; that of target citus has the same path below sql/citus/statements
 */
export async function readTargetSql(session: Session, path: string): Promise<string> {
  return readSql(`${(await isDistributed(session)) ? 'sql/citus/statements' : 'sql/statements'}/${path}`)
}

/** Why a database of this target has no roles; undefined if it has. A sentence without a full stop. */
export async function rolesRefused(session: Session): Promise<string | undefined> {
  return (await isDistributed(session)) ? noRolesOnCitus : undefined
}

/** Whether the tables of a migrated database are distributed over machines. */
export async function isDistributed(session: Session): Promise<boolean> {
  return (await schemaState(session))?.target === 'citus'
}
