import { id, text } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.users`: one row is one user of the system. */
export const users = {
  table: 'users',
  grain: 'one user of the system',
  key: ['user_id'],
  references: [],
  shape: {
    user_id: id({ phi: 'direct', description: 'Identifier of the user.' }),
    name: text({ phi: 'direct', description: 'Name of the user.' }).nullable(),
    email: text({ phi: 'direct', description: 'Electronic mail address of the user.' }).nullable(),
  },
} as const satisfies Contract
