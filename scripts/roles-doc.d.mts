/** The text of docs/roles.md with the tables that `tables` holds, as prettier writes it. */
export function rolesDoc(tables: string): Promise<string>
