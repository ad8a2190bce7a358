import { id } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.user_roles`: one row is one role of one user. */
export const userRoles = {
  table: 'user_roles',
  grain: 'one role of one user',
  key: ['user_id', 'role_id'],
  references: [
    { table: 'users', columns: ['user_id'], versioned: false },
    { table: 'role_definitions', columns: ['role_id'], versioned: false },
  ],
  shape: {
    user_id: id({ phi: 'direct', description: 'Identifier of the user.' }),
    role_id: id({ phi: 'none', description: 'Identifier of the role.' }),
  },
} as const satisfies Contract
