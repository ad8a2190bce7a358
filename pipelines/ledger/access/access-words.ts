import { accessTable } from './access-table.ts'
import { memberRoles, rolePurposes } from './role-names.ts'
import type { AccessProof } from './prove-access.ts'

const words: Readonly<Record<string, string>> = {
  usage: 'uses',
  select: 'reads',
  insert: 'inserts',
  update: 'updates',
  delete: 'deletes',
  execute: 'calls',
}

/** `reads`, `reads, writes`; a dash for nothing. */
function privilegeWords(privileges: readonly string[]): string {
  const isWorker = ['insert', 'update', 'delete'].every(one => privileges.includes(one))
  const shown = isWorker
    ? privileges.filter(one => one !== 'insert' && one !== 'update' && one !== 'delete')
    : privileges
  const all = [...shown.map(one => words[one] ?? one), ...(isWorker ? ['writes'] : [])]
  return all.length === 0 ? '-' : all.join(', ')
}

/** The columns of a table of what roles may do. */
export const accessColumns: readonly string[] = ['what', ...memberRoles]

/** The rows of the table in docs/roles.md. */
function expectedRows(): readonly (readonly string[])[] {
  return accessTable.map(({ group, rights }) => [group, ...memberRoles.map(role => privilegeWords(rights[role] ?? []))])
}

/** The rows of what was proved. */
export function provedRows({ groups }: AccessProof): readonly (readonly string[])[] {
  return groups.map(({ group, objects, may }) => [
    `${group} (${objects})`,
    ...memberRoles.map(role => privilegeWords(may[role])),
  ])
}

/** What is generated in docs/roles.md, as Markdown: the roles, and what each may do. */
export function accessDoc(): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
    line(head) + line(head.map(() => '---')) + rows.map(line).join('')
  const roles = Object.entries(rolePurposes).map(([role, purpose]) => [`\`caseload_${role}\``, purpose])
  return `${table(['role', 'what it is for'], roles)}\n${table(accessColumns, expectedRows())}`
}
