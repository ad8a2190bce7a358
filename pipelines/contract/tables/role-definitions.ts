import { id, text } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.role_definitions`: one row is one role. */
export const roleDefinitions = {
  table: 'role_definitions',
  grain: 'one role',
  key: ['role_id'],
  references: [],
  shape: {
    role_id: id({ phi: 'none', description: 'Identifier of the role.' }),
    name: text({ phi: 'none', description: 'Name of the role.', maxLength: 255 }).nullable(),
    category: text({
      phi: 'none',
      description: 'Kind of user: patient, nurse, administrator, and so on.',
      maxLength: 64,
    }).nullable(),
    permissions: text({ phi: 'none', description: 'What the role may see and do.' }).nullable(),
  },
} as const satisfies Contract
