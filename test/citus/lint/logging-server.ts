import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { findServerPaths } from '../../../pipelines/embedded/paths.ts'
import { ensureServer, stopServer } from '../../../pipelines/embedded/server.ts'
import { scratchHome } from '../../embedded/scratch.ts'
import { rowsOf, withSession } from '../../helpers/database.ts'

/** A server that keeps every statement: also those that functions send. */
export interface LoggingServer {
  /** Its database, which has no tables yet. */
  readonly url: string
  /** Each statement once, with `$1` in place of a value. */
  readonly statements: () => Promise<readonly string[]>
  /** The messages of sessions, in their order. */
  readonly messages: () => readonly string[]
}

const settings: Readonly<Record<string, string>> = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'all',
  'pg_stat_statements.max': '20000',
  logging_collector: 'on',
  log_destination: 'jsonlog',
  log_directory: 'log',
  log_file_mode: '0644',
  log_rotation_size: '0',
  log_statement: 'all',
}

/** Starts such a server; it is removed after the test. */
export async function loggingServer(t: ExecutionContext): Promise<LoggingServer> {
  const home = scratchHome(t)
  const first = await ensureServer({ home })
  await withSession(first.url, async session => {
    for (const [name, value] of Object.entries(settings)) {
      await session.query(`alter system set ${name} = '${value}'`)
    }
  })
  await stopServer({ home })
  const { url } = await ensureServer({ home })
  await withSession(url, session => session.query('create extension pg_stat_statements schema public'))
  return {
    url,
    statements: async () => {
      const rows = await rowsOf(
        url,
        `select distinct query from public.pg_stat_statements
         where dbid = (select oid from pg_catalog.pg_database where datname = current_database())`,
      )
      return rows.map(row => String(row['query']))
    },
    messages: () => messagesIn(join(findServerPaths(home).data, 'log')),
  }
}

function messagesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort()
    .flatMap(name => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter(line => line !== '')
    .map(line => (JSON.parse(line) as { readonly message?: string }).message ?? '')
    .filter(message => message.startsWith('statement: '))
    .map(message => message.slice('statement: '.length))
}
