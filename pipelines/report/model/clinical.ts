import type { Session } from '../../platform/postgres.ts'
import { errorCode } from '../../platform/server-error.ts'
import { quoteIdent, readSql } from '../../platform/sql.ts'
import type { Quality } from './document-catalogue.ts'
import { hideSmallCounts, type StayCounts } from './small-counts.ts'
import type { Window } from './window.ts'

/** The clinical part of a report, and why there is none. */
export interface Clinical extends Pick<Quality, 'readmissions' | 'prescriptions'> {
  readonly note: string | null
}

type Prescription = Quality['prescriptions'][number]

/** The views compute their answer from all history; a mart answers at once. */
const longestMs = 10_000
const canceled = '57014'

/**
 * Reads aggregates of the clinical views, or of their marts, as far as this role may.
 *
 * @param sources of the report; none means all
 */
export async function readClinical(session: Session, sources: readonly string[], window: Window): Promise<Clinical> {
  const granted = await session.query<{ schema_name: string; relation_name: string; may_read: boolean }>(
    readSql('sql/statements/report/may_read.sql'),
  )
  if (granted.rows.length === 0) return without('this database has no clinical views; caseload views makes them')
  const schemaOf = (relation: string): string | undefined =>
    ['mart', 'clinical'].find(schema =>
      granted.rows.some(one => one.may_read && one.schema_name === schema && one.relation_name === relation),
    )
  const [stays, medicines] = [schemaOf('readmission_summary'), schemaOf('medicine_per_patient')]
  if (stays === undefined || medicines === undefined) return without('this role may not read the clinical views')
  const asked = sources.length === 0 ? null : sources
  await session.query('begin read only')
  try {
    await session.query(`set local statement_timeout = ${longestMs}`)
    const counted = await session.query<StayCounts>(inSchema('readmissions', stays), [asked, window.from, window.to])
    const taken = await session.query<Prescription>(inSchema('prescriptions', medicines), [asked])
    await session.query('commit')
    return { note: null, readmissions: hideSmallCounts(counted.rows), prescriptions: taken.rows }
  } catch (error) {
    await session.query('rollback')
    if (errorCode(error) !== canceled) throw error
    return without(`the views took longer than ${longestMs / 1000} s; marts answer at once (caseload marts rebuild)`)
  }
}

/** A clinical part that is not shown. */
export const without = (note: string): Clinical => ({ note, readmissions: [], prescriptions: [] })

/** The statement, with the schema that has the rows: `mart`, or `clinical` as the file has it. */
const inSchema = (name: string, schema: string): string =>
  readSql(`sql/statements/report/${name}.sql`).replace('from clinical.', `from ${quoteIdent(schema)}.`)
