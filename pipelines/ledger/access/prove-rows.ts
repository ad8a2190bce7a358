import type { Session } from '../../platform/postgres.ts'
import { quoteIdent, readSql } from '../../platform/sql.ts'
import { qualityViews } from './access-names.ts'
import { careView } from './row-filter.ts'
import { type CareRelation, relationsOf } from './row-rights.ts'

/** A relation that the role of row rights may read. */
interface ShownRelation {
  readonly kind: string
  readonly schema: string | null
  readonly name: string
  readonly identity: string
  readonly granted: readonly string[]
}

/** A relation that shows, or may show, rows to a reader whom no care team gives any. */
export interface OpenRelation<T> {
  readonly relation: T
  readonly privilege: string
}

/**
 * Proves that the role of row rights, which is in no care team, sees no row of a relation that shows patients; in a transaction that
 * is rolled back. It reads each mart as the role. A view of schema care over a live view is not read, which takes minutes after years
 * of history: its definition has to be that of row rights, and the functions that it asks for patients have to name none.
 *
 * @param session after `make_trials.sql`
 */
export async function openRelations<T extends ShownRelation>(
  session: Session,
  role: string,
  objects: readonly T[],
): Promise<readonly OpenRelation<T>[]> {
  const shown = objects.filter(one => showsPatients(one))
  const live = new Map((await relationsOf(session, 'clinical')).map(one => [one.name, one] as const))
  const overLive = ({ schema, name }: T): CareRelation | undefined => (schema === 'care' ? live.get(name) : undefined)
  await session.query(readSql('sql/statements/access/make_care_filter.sql'))
  await session.query(`grant select on pg_temp.caseload_filter to ${quoteIdent(role)}`)
  const read = shown.filter(one => overLive(one) === undefined)
  const [filterIsOpen, ...answers] = await seesRows(session, role, [
    'pg_temp.caseload_filter',
    ...read.map(({ identity }) => identity),
  ])
  const found: OpenRelation<T>[] = read
    .filter((_, at) => answers[at] === true)
    .map(relation => ({ relation, privilege: seesRowsWithoutTeam }))
  for (const relation of shown) {
    const view = overLive(relation)
    if (view === undefined) continue
    if (!(await hasCareDefinition(session, view))) {
      found.push({ relation, privilege: 'another definition than that of row rights' })
    } else if (filterIsOpen === true) found.push({ relation, privilege: seesRowsWithoutTeam })
  }
  return found
}

const seesRowsWithoutTeam = 'sees rows without a care team'

const showsPatients = ({ kind, schema, name, granted }: ShownRelation): boolean =>
  (kind === 'view' || kind === 'table') &&
  granted.includes('select') &&
  !(schema === 'care' && qualityViews.includes(name)) &&
  !(schema === 'mart' && name === 'freshness')

async function seesRows(session: Session, role: string, relations: readonly string[]): Promise<readonly boolean[]> {
  const found = await session.query<{ answers: readonly boolean[] }>(
    'select array_to_json(pg_temp.caseload_sees($1, $2)) as answers',
    [role, relations],
  )
  return found.rows[0]?.answers ?? []
}

/** Compares the view of schema care with one that is made now: PostgreSQL writes both definitions. */
async function hasCareDefinition(session: Session, view: CareRelation): Promise<boolean> {
  const made = 'pg_temp.caseload_care_view'
  await session.query(careView(view, made))
  const found = await session.query<{ is_equal: boolean }>(readSql('sql/statements/access/is_care_view.sql'), [
    view.name,
    made,
  ])
  await session.query(`drop view ${made}`)
  return found.rows[0]?.is_equal === true
}
