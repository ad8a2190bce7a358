import {
  careFunctions,
  careTeamFunctions,
  definitions,
  ledger,
  loadingFunctions,
  qualityLedger,
  qualityViews,
  queueFunctions,
  readingFunctions,
  repairFunctions,
  sharedFunctions,
  viewFunctions,
} from './access-names.ts'
import {
  type AccessGroup,
  append,
  call,
  type CatalogueObject,
  fill,
  inSchema,
  named,
  put,
  read,
  relation,
  use,
  work,
} from './access-groups.ts'

/**
 * Who may do what: `caseload migrate` grants it, `caseload prove access` proves it, and docs/roles.md shows it. The first group
 * that holds an object counts. What no group holds is the owner's alone, and so is everything that is not Caseload's.
 */
export const accessTable: readonly AccessGroup[] = [
  {
    group: 'schema clinical',
    holds: o => o.kind === 'schema' && o.name === 'clinical',
    rights: { loader: use, operator: use, clinical: use, quality: use },
  },
  {
    group: 'schema mart',
    holds: o => o.kind === 'schema' && o.name === 'mart',
    rights: { loader: use, operator: use, clinical: use, care: use },
  },
  { group: 'schema care', holds: o => o.kind === 'schema' && o.name === 'care', rights: { care: use } },
  {
    group: 'schema caseload',
    holds: o => o.kind === 'schema' && o.name === 'caseload',
    rights: { loader: use, operator: use, quality: use, audit: use },
  },
  {
    group: 'schemas store, caseload_stage',
    holds: o => o.kind === 'schema' && (o.name === 'store' || o.name === 'caseload_stage'),
    rights: { loader: use, operator: use },
  },
  { group: 'schema caseload_kept', holds: o => o.kind === 'schema' && o.name === 'caseload_kept', rights: {} },
  {
    group: 'schema caseload_queue',
    holds: o => o.kind === 'schema' && o.name === 'caseload_queue',
    rights: { loader: use, operator: use },
  },
  {
    group: 'clinical: views of counts and days',
    holds: o => o.kind === 'view' && inSchema('clinical')(o) && qualityViews.includes(o.name),
    rights: { loader: read, operator: read, clinical: read, quality: read },
  },
  {
    group: 'clinical: all other views',
    holds: o => o.kind === 'view' && inSchema('clinical')(o),
    rights: { operator: read, clinical: read },
  },
  { group: 'care: views', holds: o => o.kind === 'view' && inSchema('care')(o), rights: { care: read } },
  {
    group: 'mart: freshness',
    holds: o => o.kind === 'view' && inSchema('mart')(o) && o.name === 'freshness',
    rights: { loader: read, operator: read, clinical: read, care: read },
  },
  {
    group: 'mart: views with row rights',
    holds: o => inSchema('mart')(o) && o.filters_rows === true && o.kind === 'view',
    rights: { loader: read, operator: read, clinical: read, care: read },
  },
  {
    group: 'mart: marts with row rights',
    holds: o => inSchema('mart')(o) && o.filters_rows === true && o.kind === 'table',
    rights: { loader: fill, operator: fill, clinical: read, care: read },
  },
  {
    // A refresh composes its statements, so it cannot be an owner's function: that would execute any SQL as the owner. What it
    // writes can be computed anew from what is published.
    group: 'mart: marts',
    holds: o => o.kind === 'table' && inSchema('mart')(o),
    rights: { loader: fill, operator: fill, clinical: read },
  },
  {
    group: 'mart: views',
    holds: o => o.kind === 'view' && inSchema('mart')(o),
    rights: { loader: read, operator: read, clinical: read },
  },
  {
    // A quality rule, a refresh and a split of a month read what is published with the rights of the caller, never with those of the owner.
    group: 'store: tables and partitions',
    holds: o => (o.kind === 'table' || o.kind === 'partition') && inSchema('store')(o),
    rights: { loader: read, operator: read },
  },
  {
    // While it is being filled, a staged partition takes rows from its loader, too: from stage_table to finish_table, in one transaction.
    group: 'caseload_stage: staged partitions',
    holds: o => o.kind === 'partition' && inSchema('caseload_stage')(o),
    rights: { loader: read, operator: read },
  },
  {
    group: 'caseload_kept: kept versions',
    holds: o => o.kind === 'partition' && inSchema('caseload_kept')(o),
    rights: {},
    // A partition takes its grants along when it is kept, and when a rollback puts it back.
    granted: { loader: read, operator: read },
  },
  {
    group: 'caseload: ledger of loads',
    holds: o => relation(o) && named(qualityLedger, o),
    rights: { loader: read, operator: read, quality: read, audit: read },
  },
  {
    group: 'caseload: files, results of quality rules',
    holds: o => relation(o) && named(['checks', 'files'], o),
    rights: { loader: append, operator: append, quality: read, audit: read },
  },
  {
    group: 'caseload: contracts',
    holds: o => relation(o) && named(['contracts'], o),
    rights: { loader: append, operator: read, audit: read },
  },
  {
    group: 'caseload: rest of the ledger',
    holds: o => relation(o) && named(ledger, o),
    rights: { loader: read, operator: read, audit: read },
  },
  {
    group: 'caseload: the queue: leases, timers, arrivals, notices',
    holds: o => relation(o) && named(['arrivals', 'leases', 'notices', 'timers'], o),
    rights: { loader: work, operator: work, audit: read },
  },
  {
    group: 'caseload: what the marts hold',
    holds: o => relation(o) && named(['batch_notes', 'mart_inputs', 'mart_runs', 'mart_state'], o),
    rights: { loader: work, operator: work, audit: read },
  },
  {
    group: 'caseload: patients of batches',
    holds: o => relation(o) && named(['batch_patients', 'mart_holders'], o),
    rights: { loader: work, operator: work },
  },
  { group: 'caseload: care team', holds: o => relation(o) && named(['care_team'], o), rights: { operator: read } },
  {
    group: 'caseload: quarantine',
    holds: o => relation(o) && named(['quarantine'], o),
    rights: { operator: read, quality: read },
  },
  {
    group: 'caseload: quarantined rows of all runs',
    holds: o => relation(o) && named(['quarantine_rows'], o),
    rights: { loader: put, operator: read },
  },
  {
    group: 'caseload: definitions of the views',
    holds: o => relation(o) && named(definitions, o),
    rights: { loader: read, operator: read, quality: read, audit: read },
  },
  {
    group: 'caseload_queue: jobs',
    holds: o => (relation(o) || o.kind === 'partition') && inSchema('caseload_queue')(o),
    rights: { loader: work, operator: work },
  },
  {
    group: 'functions that views call',
    holds: o => o.kind === 'function' && named(viewFunctions, o),
    rights: { loader: call, operator: call, clinical: call, care: call, quality: call },
  },
  {
    group: 'functions of row rights',
    holds: o => o.kind === 'function' && named(careFunctions, o),
    rights: { care: call },
  },
  {
    group: 'functions that change the care team',
    holds: o => o.kind === 'function' && named(careTeamFunctions, o),
    rights: { operator: call },
  },
  {
    group: 'functions that only read',
    holds: o => o.kind === 'function' && named(readingFunctions, o),
    rights: { loader: call, operator: call, audit: call },
  },
  {
    group: 'functions of the queue',
    holds: o => o.kind === 'function' && named(queueFunctions, o),
    rights: { loader: call, operator: call },
  },
  {
    group: "owner's functions for loads and repairs",
    holds: o => o.kind === 'function' && named(sharedFunctions, o),
    rights: { loader: call, operator: call },
  },
  {
    group: "owner's functions for loads: stage, publish",
    holds: o => o.kind === 'function' && named(loadingFunctions, o),
    rights: { loader: call },
  },
  {
    group: "owner's functions for repairs: rollback, unpublish, gc",
    holds: o => o.kind === 'function' && named(repairFunctions, o),
    rights: { operator: call },
  },
  { group: 'all other functions', holds: o => o.kind === 'function', rights: {} },
  { group: 'types and sequences', holds: o => o.kind === 'type' || o.kind === 'sequence', rights: {} },
  {
    group: 'new tables of clinical',
    holds: o => o.kind === 'default' && o.name === 'tables' && inSchema('clinical')(o),
    rights: { operator: read, clinical: read },
  },
  {
    group: 'new tables of mart',
    holds: o => o.kind === 'default' && o.name === 'tables' && inSchema('mart')(o),
    rights: { loader: fill, operator: fill, clinical: read },
  },
  {
    group: 'new tables of store and caseload_stage',
    holds: o => o.kind === 'default' && o.name === 'tables' && (o.schema === 'store' || o.schema === 'caseload_stage'),
    rights: { loader: read, operator: read },
  },
  {
    group: 'new tables of caseload_queue',
    holds: o => o.kind === 'default' && o.name === 'tables' && inSchema('caseload_queue')(o),
    rights: { loader: work, operator: work },
  },
  { group: 'everything else that the owner makes', holds: o => o.kind === 'default', rights: {} },
]

/** What nobody but the owner may touch. */
export const ownersAlone: AccessGroup = { group: 'everything else', holds: () => true, rights: {} }

/** The group of an object. */
export function groupOf(object: CatalogueObject): AccessGroup {
  if (!object.is_ours) return ownersAlone
  return accessTable.find(one => one.holds(object)) ?? ownersAlone
}
