import { randomUUID } from 'node:crypto'
import { chmodSync, renameSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { ServerPaths } from './paths.ts'

/** The mode of the socket folder is the access control. TCP, if open, listens on loopback and needs the password. */
const accessRules = ['local all all trust', 'host all all 127.0.0.1/32 scram-sha-256']

/**
 * For a small machine with two cores. `alter system` overrides all of these.
 *
 * - wal_level minimal: one transaction creates and fills a leaf, so its rows need no WAL. 3,000,000 rows with their
 *   primary key take 5.3-5.7 s and 0.1 MB of WAL; with replica 7.9-8.8 s and 245 MB.
 * - max_locks_per_transaction: a transaction may lock thousands of leaves; costs about 60 MB.
 * - max_parallel_maintenance_workers: the session that builds an index works too. With two workers on two cores the index
 *   of 5,000,000 rows took 4.36 s, with one 4.09 s.
 * - dynamic_shared_memory_type mmap: a container has 64 MB of /dev/shm, too little for one parallel hash join, and
 *   systemd empties /dev/shm when a user logs out, while the server keeps running.
 */
const memoryAndDisk = {
  max_connections: '100',
  max_locks_per_transaction: '2048',
  shared_buffers: '192MB',
  work_mem: '16MB',
  maintenance_work_mem: '256MB',
  max_parallel_maintenance_workers: String(Math.min(4, Math.max(1, availableParallelism() - 1))),
  effective_cache_size: '1GB',
  random_page_cost: '1.1',
  dynamic_shared_memory_type: 'mmap',
  wal_level: 'minimal',
  max_wal_senders: '0',
  wal_compression: 'on',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  fsync: 'on',
  jit: 'off',
}

/**
 * Keeps rows out of the server's log. The text, detail, context and statement of an error can each hold a row (`Failing row
 * contains ...`, `COPY measurements, line 7: ...`), so errors of statements are not logged: level `log` keeps only the
 * server's own messages and fatal ones. `terse` drops their detail and context (after a crash the detail is the
 * statement that was running), and the statement itself is logged only at `panic`, the highest level.
 */
const logging = {
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  lc_messages: 'C',
}

/** Files outside the data folder that the server's account can read and not write. */
export interface SettingsFiles {
  readonly config: string
  readonly access: string
}

/**
 * Writes the server's settings and access rules. They do not contain the port, which differs between starts, so two starts
 * at once write the same files.
 */
export function writeSettings(paths: ServerPaths): SettingsFiles {
  const settings: Record<string, string> = {
    ...memoryAndDisk,
    ...logging,
    cluster_name: paths.clusterName,
    unix_socket_directories: paths.socketFolder,
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
  const files = { config: join(paths.root, 'postgresql.conf'), access: join(paths.root, 'pg_hba.conf') }
  replaceFile(files.config, lines)
  replaceFile(files.access, accessRules)
  return files
}

/** Replaces the file atomically. The server's account must be able to read it, whatever the umask. */
function replaceFile(path: string, lines: readonly string[]): void {
  const unfinished = `${path}.${randomUUID()}`
  writeFileSync(unfinished, `${lines.join('\n')}\n`)
  chmodSync(unfinished, 0o644)
  renameSync(unfinished, path)
}
