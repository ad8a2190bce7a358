import {
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
import type { MemberRole } from './role-names.ts'

/** An object in one of Caseload's schemas, or a kind of objects that the owner may yet make in one. */
export interface CatalogueObject {
  readonly kind: ObjectKind
  /** Null for default privileges of all schemas. */
  readonly schema: string | null
  /** A function has no arguments here; default privileges have the kind of objects. */
  readonly name: string
  /** False for what somebody put into a schema of Caseload's besides Caseload. */
  readonly is_ours: boolean
}

/** `partition`: also a staged leaf and a kept version. `default`: the default privileges of the owner's role. */
export type ObjectKind = 'schema' | 'table' | 'partition' | 'view' | 'sequence' | 'type' | 'function' | 'default'

/** A privilege of PostgreSQL, as it spells it. */
export type Privilege = 'usage' | 'select' | 'insert' | 'update' | 'delete' | 'execute'

/** What the roles may do with objects of one group. A role that is not named may do nothing. */
export interface AccessGroup {
  /** Its name in docs/roles.md and in the output of `prove access`. */
  readonly group: string
  readonly holds: (object: CatalogueObject) => boolean
  readonly rights: Rights
  /** The grants on the object, where they are more than the rights: without a right on the schema nobody can name it. */
  readonly granted?: Rights
}

/** Privileges by role. */
export type Rights = Readonly<Partial<Record<MemberRole, readonly Privilege[]>>>

const use = ['usage'] as const
const read = ['select'] as const
const call = ['execute'] as const
const put = ['insert'] as const
const append = ['select', 'insert'] as const
const fill = ['select', 'insert', 'delete'] as const
const work = ['select', 'insert', 'update', 'delete'] as const

const relation = ({ kind }: CatalogueObject): boolean => kind === 'table' || kind === 'view'
const inSchema =
  (schema: string) =>
  (object: CatalogueObject): boolean =>
    object.schema === schema
const named = (names: readonly string[], { schema, name }: CatalogueObject): boolean =>
  schema === 'caseload' && names.includes(name)

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
    rights: { loader: use, operator: use, clinical: use },
  },
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
    // A quality rule, a refresh and a split of a month read what is published as whoever calls them, never as the owner.
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
    rights: { loader: call, operator: call, clinical: call, quality: call },
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
