/** The ledger without quarantine and without patients. A new table of schema caseload is nobody's until a list here names it. */
export const ledger: readonly string[] = ['access', 'attempts', 'made', 'marts', 'pins', 'range_leaves', 'schema_state']

/** Which of them a reader of quarantine needs: what was loaded, and which rules it broke. */
export const qualityLedger: readonly string[] = ['deliveries', 'published', 'runs', 'sources', 'tables']

export const definitions: readonly string[] = ['code_systems', 'readmission_definitions']

/** They call no other function and read nothing but the ledger: what `status`, `runs` and `gc --dry-run` ask with. */
export const readingFunctions: readonly string[] = [
  'batch_is_locked',
  'batch_key',
  'is_masked',
  'month_key',
  'pin_reason',
  'ranges_over',
  'retainable',
  'source_parent',
]

/**
 * Owner's functions by which batches are loaded, and what a repair needs of them, too. They take the id of a run or of an operation, and
 * for a table only a name that `caseload.made` has.
 */
export const loadingFunctions: readonly string[] = [
  'abort_dead_runs',
  'analyze_mart',
  'discard_stage',
  'drop_expired',
  'drop_leaves',
  'drop_staged_ranges',
  'end_plan',
  'end_run',
  'expire_quarantine',
  'finish_range',
  'finish_table',
  'forget_attempt',
  'forget_quarantine',
  'hold_run',
  'note_patients',
  'note_published',
  'prepare_run',
  'publish',
  'record_attempts',
  'record_fingerprint',
  'record_stages',
  'register_source',
  'renew_statistics',
  'resume_run',
  'stage_range',
  'stage_table',
  'start_run',
]

/** Of them, what a repair needs. */
export const sharedFunctions: readonly string[] = [
  'abort_dead_runs',
  'analyze_mart',
  'drop_leaves',
  'drop_staged_ranges',
  'expire_quarantine',
  'finish_range',
  'note_patients',
  'note_published',
  'renew_statistics',
  'stage_range',
]

/** Owner's functions that take back what was published, or remove what is left. */
export const repairFunctions: readonly string[] = [
  'bound_kept_leaves',
  'drop_dead_ranges',
  'drop_kept_versions',
  'drop_lost_quarantine',
  'gc_batch',
  'gc_drop_stray',
  'merge_leaves',
  'pin',
  'retain_batch',
  'rollback',
  'unpublish',
]

/** They change the queue and the leases with the rights of the caller, except the run of a lost worker. */
export const queueFunctions: readonly string[] = ['claim_job', 'end_job', 'take_over_job']

/** PostgreSQL checks the right to call a function of a view for the reader, and all other rights for the owner of the view. */
export const viewFunctions: readonly string[] = ['last_due']

/** The views of schema clinical that call them. */
export const callingViews: readonly string[] = ['missing_batches']

/** They say what the care team lets the acting role see. PostgreSQL checks the right to call them for the reader. */
export const careFunctions: readonly string[] = [
  'care_device_sources',
  'care_patients',
  'care_sees_all',
  'care_sources',
]

/** They change the care team. */
export const careTeamFunctions: readonly string[] = ['add_care', 'end_care']

/** Views that show counts and days, and no patient. */
export const qualityViews: readonly string[] = [
  'data_quality_summary',
  'delivered_tables',
  'missing_batches',
  'source_freshness',
]
