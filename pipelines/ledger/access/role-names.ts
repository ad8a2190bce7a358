import { UsageError } from '../../platform/errors.ts'

/** What the roles of Caseload, besides the owner's, are for: the part of their names behind the prefix. */
export const memberRoles = ['loader', 'operator', 'clinical', 'care', 'quality', 'audit'] as const

/** A role of Caseload, without its prefix. */
export type MemberRole = (typeof memberRoles)[number]

/** What each role is for, for docs/roles.md and the comments of the script. */
export const rolePurposes: Readonly<Record<'owner' | MemberRole, string>> = {
  owner: 'owns every object of Caseload; migrate and views act as it, and nobody logs in as it',
  loader: 'runs batches',
  operator: 'repairs batches, and reads the tables that batches are loaded into',
  clinical: 'reads the identified views and marts',
  care: 'reads the rows of views and marts that the care team lets its login see, once caseload care is on',
  quality: 'reads quarantine and the results of quality rules',
  audit: 'reads the ledger: what ran, on which files, with which result',
}

/** The names of all roles of one installation. */
export interface RoleNames {
  readonly prefix: string
  readonly owner: string
  readonly of: Readonly<Record<MemberRole, string>>
  /** Of the owner first. */
  readonly all: readonly string[]
}

/** The prefix where nobody has named one. */
export const defaultPrefix = 'caseload'

/**
 * @param prefix what all names of roles begin with
 * @throws UsageError if a name would not be a plain identifier of at most 63 bytes
 */
export function roleNames(prefix: string): RoleNames {
  if (!/^[a-z][a-z0-9_]{0,49}$/.test(prefix) || prefix.startsWith('pg_')) {
    throw new UsageError(
      'Expected a prefix of roles of at most 50 small letters, digits and underscores that begins with a letter and not with ' +
        `pg_, found "${prefix}".`,
    )
  }
  const of = Object.fromEntries(memberRoles.map(role => [role, `${prefix}_${role}`])) as Record<MemberRole, string>
  const owner = `${prefix}_owner`
  return { prefix, owner, of, all: [owner, ...Object.values(of)] }
}
