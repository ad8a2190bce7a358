import { error, type Finding, ok, warning } from './finding.ts'
import type { ServerFacts } from './server.ts'

/** Whether what is published outlives a crash of the server's machine. */
export function durability(server: Pick<ServerFacts, 'fsync' | 'full_page_writes' | 'synchronous_commit'>): Finding {
  const off = (['fsync', 'full_page_writes'] as const).filter(name => server[name] === 'off')
  if (off.length > 0) {
    const settings = off.map(name => `alter system set ${name} = on`).join('; ')
    return error(
      'durability',
      `${off.join(' and ')} off: a crash of the server's machine can destroy the database`,
      `${settings}; select pg_reload_conf()`,
    )
  }
  if (server.synchronous_commit === 'off') {
    return warning(
      'durability',
      'synchronous_commit off: a crash of the server can take back batches that were reported as published',
      'alter system set synchronous_commit = on; select pg_reload_conf()',
    )
  }
  return ok('durability', 'fsync, full_page_writes and synchronous_commit are on')
}
