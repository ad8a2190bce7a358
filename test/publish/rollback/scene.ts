import type { ExecutionContext } from 'ava'
import type { Batch } from '../../../pipelines/source/batch.ts'
import { connect, type Session } from '../../../pipelines/platform/postgres.ts'
import { lockWaitLimits } from '../../../pipelines/platform/lock-wait.ts'
import { type Rollback, rollBack, type RollbackOptions } from '../../../pipelines/publish/rollback.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { publishRun, type Rows, stageRun } from '../../operate/plan/staging.ts'

/** The batch that these tests roll back. */
export const batch: Batch = { source: 'source_a', date: '2023-05-02' }

/** A version of the batch: patients of this name, a visit each, and a diagnosis where the version is an odd one. */
function versionOf(name: string, patients: number): Readonly<Record<string, Rows>> {
  const ids = Array.from({ length: patients }, (_, no) => `P${no}`)
  return {
    patients: ids.map(patient_id => ({ patient_id, name, record_status: undefined })),
    visits: ids.map(patient_id => ({ patient_id, visit_id: `V-${name}`, reason: name })),
    diagnoses:
      patients % 2 === 0
        ? []
        : ids.map(patient_id => ({ patient_id, visit_id: `V-${name}`, diagnosis_no: 0, diagnosis_code: name })),
  }
}

/** A database in which versions of the batch are published one after the other. */
export interface Scene {
  readonly url: string
  /**
   * Publishes a version as a run does, with a row in quarantine.
   *
   * @param keep replaced versions that stay
   * @returns its run
   */
  readonly publish: (
    name: string,
    patients: number,
    options?: { readonly keep?: number; readonly of?: Batch },
  ) => Promise<string>
  readonly rollBack: (parts?: Partial<RollbackOptions>) => Promise<Rollback>
}

/** Makes an empty scene. */
export async function rollbackScene(t: ExecutionContext): Promise<Scene> {
  const { url } = await testDatabase(t)
  return {
    url,
    publish: (name, patients, { keep = 1, of = batch } = {}) =>
      withSession(url, async session => {
        const run = await stageRun(session, of, versionOf(name, patients))
        await session.query(
          `insert into caseload.quarantine_rows (run_id, table_name, file, record_no, rule, reason)
           values ($1, 'visits', 'f', 1, $2, 'r')`,
          [run, name],
        )
        await publishRun(session, run)
        await session.query('select caseload.drop_kept_versions($1, $2, $3)', [of.source, of.date, keep])
        await session.query('select caseload.expire_quarantine($1, $2)', [of.source, of.date])
        return run
      }),
    rollBack: parts =>
      rollBack({
        batch,
        openSession: applicationName => connect({ url, applicationName }),
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
        signal: new AbortController().signal,
        limits: lockWaitLimits,
        env: {},
        ...parts,
      }),
  }
}

/** What is in quarantine of what readers see: the name of each version. */
export async function quarantined(url: string): Promise<unknown[]> {
  return (await rowsOf(url, 'select rule from caseload.quarantine order by 1')).map(row => row['rule'])
}

/** Status of every run by the moment it began, and what became of its leaves. */
export async function ledger(url: string): Promise<unknown[]> {
  const rows = await rowsOf(
    url,
    `select r.status || ' ' || string_agg(distinct t.state, ',') as line
     from caseload.runs as r join caseload.tables as t using (run_id)
     group by r.run_id order by r.started_at`,
  )
  return rows.map(row => row['line'])
}

/** Opens a session and collects what the server notices of it. */
export async function noticing(url: string, applicationName: string, notices: string[]): Promise<Session> {
  const session = await connect({ url, applicationName })
  session.on('notice', notice => notices.push(notice.message ?? ''))
  await session.query('set client_min_messages = debug1')
  return session
}
