import type { Generated } from 'kysely'

/**
 * How a run ended. `replaced`: it was published, and a later run replaced it. `rolled_back`: it was published, and a rollback
 * restored the version before it. `planned`: it was only compared.
 */
export type RunStatus =
  'running' | 'published' | 'replaced' | 'rolled_back' | 'planned' | 'failed' | 'refused' | 'incomplete' | 'aborted'

/** Kysely's view of the ledger, schema `caseload`. Dates and times are ISO text. */
export interface LedgerTables {
  'caseload.runs': {
    run_id: string
    source: string
    batch_date: string
    status: Generated<RunStatus>
    started_at: Generated<string>
    ended_at: string | null
    published_at: string | null
    code_version: string
    host: string
    process_id: number
    publish_tries: Generated<number>
    error_class: string | null
    error_message: string | null
    external_id: string | null
    code_hash: string | null
    zone: string | null
    contract_hash: string | null
    engine_semantics: number | null
    attempts: Generated<number>
    compares: Generated<boolean>
    /** JSON. */
    rules: Generated<string>
  }
  'caseload.attempts': {
    run_id: string
    attempt: number
    failed_at: Generated<string>
    error_class: string
    error_message: string
    wait_ms: number
  }
  'caseload.pins': {
    source: string
    batch_date: string
    pinned_at: Generated<string>
    reason: string
  }
  'caseload.contracts': {
    contract_hash: string
    table_name: string
    definition: string
  }
  'caseload.files': {
    run_id: string
    path: string
    input: string
    bytes: number
    sha256: string
    records: number
    quarantined: number
    object_etag: string | null
    object_version: string | null
  }
  'caseload.tables': {
    run_id: string
    table_name: string
    leaf: string | null
    state: Generated<'staged' | 'published' | 'kept' | 'dropped'>
    candidates: number
    loaded: number
    quarantined: number
    quarantined_by: string
    removed: string
    dropped: Generated<string>
    warned: Generated<string>
  }
  'caseload.sources': {
    source: string
    transformer: string
    class: string
    zone: string
    schedule: string
    first_run_at: Generated<string>
  }
  'caseload.deliveries': {
    source: string
    table_name: string
    delivery: string
  }
}
