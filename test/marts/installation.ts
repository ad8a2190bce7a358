import { listViews, type View } from '../../pipelines/ledger/list-views.ts'
import { rebuildMarts } from '../../pipelines/marts/rebuild.ts'
import { refreshMarts } from '../../pipelines/marts/refresh.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { connect, type Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'
import { publishBatch } from '../../pipelines/publish/publish-batch.ts'
import { rollBack } from '../../pipelines/publish/rollback.ts'
import { unpublish } from '../../pipelines/publish/unpublish.ts'
import { mergeMonths, stageRun } from '../operate/plan/staging.ts'
import { tables } from './rows.ts'
import type { Step } from './steps.ts'

/**
 * A view of the user. No shipped view by person reads rows that do not name the person, so that a refresh looks for the person's
 * patients.
 */
const ownView: View = {
  name: 'person_drugs',
  sql: `-- materialized: by person
create view clinical.person_drugs as
select
  p.person_id,
  t.drug,
  count(*) as treatments
from clinical.current_treatments as t
join clinical.current_patients as p
  on p.source = t.source
  and p.patient_id = t.patient_id
group by
  p.person_id,
  t.drug;`,
}

const views = [...listViews(), ownView]

const nothing = (): void => undefined
const log = { info: nothing, warn: nothing, error: nothing }
const { signal } = new AbortController()

/** Makes the marts of a test database, and a view of the user. */
export async function makeInstallation(session: Session): Promise<void> {
  await session.query(ownView.sql)
  await rebuildMarts(session, { views, signal })
}

/** Two sources of a test database, with what is published of them. */
export class Installation {
  readonly #url: string
  readonly #session: Session
  readonly #no: number

  constructor(url: string, session: Session, no: number) {
    this.#url = url
    this.#session = session
    this.#no = no
  }

  readonly #open = (applicationName: string): Promise<Session> => connect({ url: this.#url, applicationName })

  /** Each installation has sources of its own. */
  nameOf(source: number): string {
    return `law${this.#no}_${source}`
  }

  async begin(): Promise<void> {
    for (const source of [0, 1]) {
      await this.#session.query(
        `insert into caseload.sources (source, transformer, class, zone, schedule) values ($1, $1, 'Law', 'UTC', 'daily')`,
        [this.nameOf(source)],
      )
      await this.#session.query(
        `insert into caseload.deliveries (source, table_name, delivery)
         select $1, name, 'upsert' from unnest($2::text[]) as name`,
        [this.nameOf(source), tables],
      )
    }
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'refresh') return this.refresh()
    if (step.kind === 'definition') {
      await this.#session.query(`delete from caseload.readmission_definitions where definition = 'law'`)
      if (step.runOut === null) return
      await this.#session.query(
        `insert into caseload.readmission_definitions (definition, description, window_days, merge_transfers, run_out_days)
         values ('law', 'test', 10, true, $1)`,
        [step.runOut],
      )
      return
    }
    if (step.kind === 'code') {
      await this.#session.query(
        `insert into caseload.code_systems (name, code_system) values ('local', $1)
         on conflict (name) do update set code_system = excluded.code_system`,
        [step.system],
      )
      return
    }
    const source = this.nameOf(step.source)
    if (step.kind === 'compact') return mergeMonths(this.#url, source, '2023-07-01')
    if (step.kind === 'forget') {
      await this.#session.query(
        `delete from caseload.batch_notes where run_id in (select run_id from caseload.runs where source = $1)`,
        [source],
      )
      return
    }
    if (step.kind === 'zone') {
      await this.#session.query('update caseload.sources set zone = $2 where source = $1', [source, step.zone])
      return
    }
    if (step.kind === 'read') {
      const children = ['diagnoses', 'treatments', 'procedures'].includes(step.table) ? step.children : 'document'
      await this.#session.query(
        'update caseload.deliveries set delivery = $3, children = $4 where source = $1 and table_name = $2',
        [source, step.table, step.delivery, children],
      )
      return
    }
    const batch = { source, date: `2023-05-0${step.day}` }
    if (step.kind === 'run') {
      const runId = await stageRun(this.#session, batch, step.rows)
      const isPublished = (): Promise<boolean> => Promise.resolve(false)
      await publishBatch(this.#session, { batch, runId, openSession: this.#open, isPublished, signal, log })
      return
    }
    try {
      if (step.kind === 'rollback') await rollBack({ batch, openSession: this.#open, log, signal, env: {} })
      else await unpublish({ batch, reason: 'test', by: 'test', openSession: this.#open, log, signal })
    } catch (error) {
      // There may be nothing to take away.
      if (!(error instanceof UsageError)) throw error
    }
  }

  async refresh(): Promise<void> {
    await refreshMarts(this.#session, { views, signal })
  }

  /**
   * Removes the sources as nobody would: the next refresh finds their batches gone.
   *
   * @param failed true to compute all rows anew, so that no wrong one is left to the next installation
   */
  async end(failed: boolean): Promise<void> {
    const names = [0, 1].map(no => this.nameOf(no))
    // On target citus a source has leaves and no parents.
    const parents = await this.#session.query<{ name: string }>(
      `select relname as name from pg_catalog.pg_class
       where relnamespace = 'store'::regnamespace and relispartition
         and (
           relkind = 'p' and relname like any (array(select '%' || source from unnest($1::text[]) as source))
           or relname in (
             select t.leaf from caseload.tables as t join caseload.runs as r on r.run_id = t.run_id
             where r.source = any ($1) and t.state = 'published'
           )
         )`,
      [names],
    )
    if (parents.rows.length > 0)
      await this.#session.query(`drop table ${parents.rows.map(row => `store.${quoteIdent(row.name)}`).join(', ')}`)
    for (const table of ['runs', 'pins', 'deliveries', 'sources'])
      await this.#session.query(`delete from caseload.${table} where source = any ($1)`, [names])
    await this.#session.query(`delete from caseload.readmission_definitions where definition = 'law'`)
    await this.#session.query(`delete from caseload.code_systems where name = 'local'`)
    await (failed ? rebuildMarts : refreshMarts)(this.#session, { views, signal })
  }
}
