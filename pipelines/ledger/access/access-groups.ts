import type { MemberRole } from './role-names.ts'

/** An object in one of Caseload's schemas, or a kind of objects that the owner may yet make in one. */
export interface CatalogueObject {
  readonly kind: ObjectKind
  /** Null for default privileges of all schemas. */
  readonly schema: string | null
  /** A function has no arguments here; default privileges have the kind of objects. */
  readonly name: string
  /** False for an object in a schema of Caseload that Caseload has not made. */
  readonly is_ours: boolean
  /** A relation of schema mart: it shows the role care the rows of its login alone. */
  readonly filters_rows?: boolean
}

/** `partition`: also a staged leaf and a kept version. `default`: the default privileges of the owner's role. */
type ObjectKind = 'schema' | 'table' | 'partition' | 'view' | 'sequence' | 'type' | 'function' | 'default'

/** A privilege of PostgreSQL, as it spells it. */
type Privilege = 'usage' | 'select' | 'insert' | 'update' | 'delete' | 'execute'

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

/** Uses a schema. */
export const use = ['usage'] as const
/** Reads rows. */
export const read = ['select'] as const
/** Calls a function. */
export const call = ['execute'] as const
/** Adds rows that it cannot read. */
export const put = ['insert'] as const
/** Reads rows, and adds new ones. */
export const append = ['select', 'insert'] as const
/** Replaces rows. */
export const fill = ['select', 'insert', 'delete'] as const
/** Does everything with rows. */
export const work = ['select', 'insert', 'update', 'delete'] as const

/** A table or a view. */
export const relation = ({ kind }: CatalogueObject): boolean => kind === 'table' || kind === 'view'

/** An object of this schema. */
export const inSchema =
  (schema: string) =>
  (object: CatalogueObject): boolean =>
    object.schema === schema

/** An object of schema caseload with one of these names. */
export const named = (names: readonly string[], { schema, name }: CatalogueObject): boolean =>
  schema === 'caseload' && names.includes(name)
