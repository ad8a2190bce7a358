/** A hole in row rights: what makes it, what doctor says of it, and what closes it. */
export type RowHole = readonly [make: string, said: RegExp, undo: string]

/** @param prefix of the roles of the database */
export function rowHoles(prefix: string): readonly RowHole[] {
  return [
    [
      'alter table mart.readmissions disable row level security',
      /row rights are on, and 1 mart shows every row, such as mart\.readmissions/,
      'alter table mart.readmissions enable row level security',
    ],
    [
      'alter view mart.current_visits reset (security_invoker)',
      /1 mart shows every row, such as mart\.current_visits/,
      'alter view mart.current_visits set (security_invoker = true)',
    ],
    [
      'alter view care.orphans set (security_barrier = false)',
      /1 view of schema care is no security barrier, such as care\.orphans/,
      'alter view care.orphans set (security_barrier = true)',
    ],
    [
      `alter role ${prefix}_dr bypassrls`,
      /row rights do not hold login zt_\w+_dr, which has the attribute bypassrls/,
      `alter role ${prefix}_dr nobypassrls`,
    ],
    [
      `grant ${prefix}_clinical to ${prefix}_dr`,
      /login zt_\w+_dr of role zt_\w+_care also reads every row of \d+ views and tables, such as clinical\./,
      `revoke ${prefix}_clinical from ${prefix}_dr`,
    ],
    [
      `update caseload.care_team set member = 'gone' where member = '${prefix}_chief'`,
      /1 entry of the care team holds for gone, which is no role of this server/,
      `update caseload.care_team set member = '${prefix}_chief' where member = 'gone'`,
    ],
  ]
}
